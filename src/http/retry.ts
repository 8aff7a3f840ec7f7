import type { Budget } from './budget.ts';
import {
  CallerGone,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from './errors.ts';
import type { Signal } from './abort-signal.ts';
import type { RetryBudget } from './retry-budget.ts';

const TRIES = 3;
const LONGEST_WAIT_MS = 2_000;
const FIRST_WAIT_MS = 100;

/** `CSS.0036` is an internal error under status 400, and asking again gives the same: its like is not repeated. */
const PASSING = new Set([500, 502, 503, 504]);

/** Whether another try, soon, can turn a failure into an answer. A second time-out is not repeated: it took long enough. */
const worthAnotherTry = (error: unknown, tries: number): boolean => {
  if (error instanceof UpstreamUnreachable) return true;
  if (error instanceof UpstreamTimeout) return tries === 1;
  if (error instanceof UpstreamContractError) return error.cutOff;
  if (!(error instanceof UpstreamRefusal)) return false;
  if (error.code === 'RATE_LIMITED') return true;
  const passing = error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT';
  return passing && PASSING.has(error.facts.status);
};

/** Exponential with full jitter, unless the service itself said when to come back. */
const waitBefore = (error: unknown, tries: number): number => {
  const told = error instanceof UpstreamRefusal ? error.facts.retryAfterMs : null;
  return told ?? Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
};

/** What a read may draw on. */
interface Means {
  /** Of the operation. */
  budget: Budget;
  /** Of the upstream. */
  retries: RetryBudget;
  signal: Signal | undefined;
}

const pause = (ms: number, signal: Signal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const hangUp = () => {
      clearTimeout(timer);
      reject(new CallerGone());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', hangUp);
      resolve();
    }, ms);
    signal?.addEventListener('abort', hangUp);
    if (signal?.aborted) hangUp();
  });

/**
 * Runs a read, and runs it again after a failure that can pass, within the time of the operation and the retries that its
 * upstream may get. A connection that was closed under a read is made good at once, and once. Writes never come here.
 */
export const retryRead = async <T>(
  read: (retried: boolean) => Promise<T>,
  { budget, retries, signal }: Means,
): Promise<T> => {
  let replayed = false;
  let tries = 0;
  for (;;) {
    try {
      return await read(replayed || tries > 0);
    } catch (error) {
      if (error instanceof UpstreamUnreachable && error.stale && !replayed && budget.allowsRetryAfter(0)) {
        replayed = true;
        continue;
      }
      tries += 1;
      const ms = waitBefore(error, tries);
      const again = tries < TRIES && worthAnotherTry(error, tries) && budget.allowsRetryAfter(ms);
      if (!again || !retries.take()) throw error;
      await pause(ms, signal);
    }
  }
};
