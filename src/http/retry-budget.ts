import { createSlidingCounts } from './sliding-counts.ts';

/** Limits the retries of reads at one upstream: a few are always allowed, more only in proportion to its calls. */
export interface RetryBudget {
  noteCall(): void;
  /** Counts one retry; false if none is left. */
  take(): boolean;
}

const WINDOW_MS = 10_000;
const STEPS = 10;
const MAX_RETRY_SHARE = 0.2;
/** Retries that are allowed however few calls there are. */
const MIN_RETRIES = 10;

/** An upstream gets at most a fifth more calls within ten seconds, or ten more, however many of them fail. */
export const createRetryBudget = (now?: () => number): RetryBudget => {
  const counts = createSlidingCounts(['calls', 'retries'], WINDOW_MS, STEPS, now);
  return {
    noteCall: () => counts.add('calls'),
    take: () => {
      const allowed = Math.max(MIN_RETRIES, Math.floor(counts.sum('calls') * MAX_RETRY_SHARE));
      if (counts.sum('retries') >= allowed) return false;
      counts.add('retries');
      return true;
    },
  };
};
