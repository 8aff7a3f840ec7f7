import { createFairShare, type FairShare } from '../capacity/fair-share.ts';

/** Limits of operations and request bodies at one time. */
export interface ConcurrencyLimits {
  /** Operations that run. */
  inFlight: number;
  /** Operations that wait. */
  queue: number;
  subscriptions: number;
  /** Estimated values in the answers of all running operations. */
  runningCost: number;
  /** Bytes of request bodies. */
  bodyBytes: number;
}

/** Capacity that all tenants share. */
export interface ConcurrencyLimit {
  /** Slots for queries and mutations, for as long as they run. */
  slots: FairShare;
  /** Slots for subscriptions. */
  subscriptions: FairShare;
  /** Estimated cost of running operations: a few large ones are as much work as many small ones. */
  cost: FairShare;
  /** Bytes of received request bodies, until their operation ends. */
  bodies: FairShare;
  state: () => { running: number; waiting: number; subscriptions: number };
}

export const createConcurrencyLimit = (limits: ConcurrencyLimits): ConcurrencyLimit => {
  const slots = createFairShare({ total: limits.inFlight, queue: limits.queue });
  const subscriptions = createFairShare({ total: limits.subscriptions, queue: 0 });
  const cost = createFairShare({ total: limits.runningCost, queue: limits.inFlight });
  const bodies = createFairShare({ total: limits.bodyBytes, queue: 0 });
  return {
    slots,
    subscriptions,
    cost,
    bodies,
    state: () => ({
      running: slots.state().held,
      waiting: slots.state().waiting,
      subscriptions: subscriptions.state().held,
    }),
  };
};
