import { CallLimitReached, DeadlineExceeded } from './errors.ts';
import type { ServiceName } from './service.ts';

/** What one operation may ask of the cloud, and what it has asked so far. Tries, pages and retries all draw on it. */
export interface Budget {
  /** Calls that were made, each try by itself. */
  readonly calls: number;
  /** Those of them that repeated a read. */
  readonly retries: number;
  readonly callLimit: number;
  /** Milliseconds that are left. */
  left: () => number;
  /** Takes one call out of it, or throws. */
  take(service: ServiceName, retried: boolean): void;
  /** Whether a read may be repeated after a wait. */
  allowsRetryAfter(ms: number): boolean;
  /** Starts anew, for the next event of a subscription. */
  renew: () => void;
}

/** How much one operation may take. */
export interface BudgetLimits {
  operationTimeoutMs: number;
  callLimit: number;
}

/** The budget of an operation that begins now. */
export const createBudget = ({ operationTimeoutMs, callLimit }: BudgetLimits): Budget => {
  let end = performance.now() + operationTimeoutMs;
  let calls = 0;
  let retries = 0;
  /** What was made before the last renewal. */
  let before = 0;
  const left = () => end - performance.now();
  const isUsedUp = () => calls - before >= callLimit;
  return {
    get calls() {
      return calls;
    },
    get retries() {
      return retries;
    },
    callLimit,
    left,
    take: (service, retried) => {
      if (left() <= 0) throw new DeadlineExceeded(service);
      if (isUsedUp()) throw new CallLimitReached(service, callLimit);
      calls += 1;
      if (retried) retries += 1;
    },
    allowsRetryAfter: (ms) => !isUsedUp() && ms < left(),
    renew: () => {
      end = performance.now() + operationTimeoutMs;
      before = calls;
    },
  };
};
