/** How much runs and waits at once. */
export interface AdmissionLimits {
  inFlight: number;
  queue: number;
  subscriptions: number;
}
