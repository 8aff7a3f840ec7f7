import { createFairShare, type FairShare } from '../capacity/fair-share.ts';

/** How much runs, waits and is held at once. */
export interface AdmissionLimits {
  inFlight: number;
  queue: number;
  subscriptions: number;
  /** Values that the answers of all running operations may have, by estimate. */
  runningCost: number;
  /** Bytes of request bodies. */
  bodyBytes: number;
}

/** What the operations of all tenants share. */
export interface Admission {
  /** Places of operations that run. */
  places: FairShare;
  /** Places of subscriptions, which last. */
  subscriptions: FairShare;
  /** Cost of operations that run: some large ones are as much as many small ones. */
  cost: FairShare;
  /** Bytes of request bodies that have come, until their operation ends. */
  bodies: FairShare;
  state: () => { running: number; waiting: number; subscriptions: number };
}

/** Lets everything in until the limits are reached. */
export const createAdmission = (limits: AdmissionLimits): Admission => {
  const places = createFairShare({ total: limits.inFlight, queue: limits.queue });
  const subscriptions = createFairShare({ total: limits.subscriptions, queue: 0 });
  const cost = createFairShare({ total: limits.runningCost, queue: limits.inFlight });
  const bodies = createFairShare({ total: limits.bodyBytes, queue: 0 });
  return {
    places,
    subscriptions,
    cost,
    bodies,
    state: () => ({
      running: places.state().held,
      waiting: places.state().waiting,
      subscriptions: subscriptions.state().held,
    }),
  };
};
