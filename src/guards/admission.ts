import { bulkhead, isBulkheadRejectedError } from 'cockatiel';

/** How much runs and waits at once. */
export interface AdmissionLimits {
  inFlight: number;
  queue: number;
  subscriptions: number;
}

/** Lets in what the gateway can do. */
export interface Admission {
  /**
   * Runs work when its turn comes, and gives false at once where too much waits already. The work can give its place back
   * before it ends, with `free`.
   */
  run(work: (free: () => void) => Promise<void>): Promise<boolean>;
  /** Takes one more subscription, which `close` ends; false where too many are open. */
  openSubscription(): boolean;
  closeSubscription: () => void;
  state: () => { running: number; waiting: number; subscriptions: number };
}

/** Lets everything in until the limits are reached. */
export const createAdmission = (limits: AdmissionLimits): Admission => {
  const places = bulkhead(limits.inFlight, limits.queue);
  let subscriptions = 0;
  return {
    run: async (work) => {
      let ending: Promise<void> | undefined;
      try {
        await places.execute(
          () =>
            new Promise<void>((free) => {
              ending = work(free).finally(free);
              // It is awaited below, where the work may long have given its place back.
              ending.catch(() => {});
            }),
        );
      } catch (error) {
        if (isBulkheadRejectedError(error)) return false;
        throw error;
      }
      await ending;
      return true;
    },
    openSubscription: () => {
      if (subscriptions >= limits.subscriptions) return false;
      subscriptions += 1;
      return true;
    },
    closeSubscription: () => {
      subscriptions -= 1;
    },
    state: () => ({
      running: limits.inFlight - places.executionSlots,
      waiting: limits.queue - places.queueSlots,
      subscriptions,
    }),
  };
};
