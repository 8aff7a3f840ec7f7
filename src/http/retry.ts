import { DelegateBackoff, handleWhen, type IRetryBackoffContext, retry } from 'cockatiel';
import { UpstreamRefusal, UpstreamUnreachable } from './errors.ts';

const ATTEMPTS_AFTER_THE_FIRST = 2;
const LONGEST_WAIT_MS = 2_000;
const FIRST_WAIT_MS = 100;

/** `CSS.0036` is an internal error under status 400, and asking again gives the same: its like is not repeated. */
const PASSING = new Set([500, 502, 503, 504]);

/** Whether another attempt, soon, can turn a failure into an answer. A time-out is not repeated: it took long enough. */
const worthAnotherRead = (error: unknown): boolean => {
  if (error instanceof UpstreamUnreachable) return true;
  if (!(error instanceof UpstreamRefusal)) return false;
  const { status, retryAfterMs } = error.facts;
  if ((retryAfterMs ?? 0) > LONGEST_WAIT_MS) return false;
  if (error.code === 'RATE_LIMITED') return true;
  return PASSING.has(status) && (error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT');
};

/** Exponential with full jitter, unless the service itself said when to come back. */
const wait = ({ attempt, result }: IRetryBackoffContext<unknown>): number => {
  const error = 'error' in result ? result.error : null;
  const told = error instanceof UpstreamRefusal ? error.facts.retryAfterMs : null;
  return told ?? Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
};

const reads = retry(handleWhen(worthAnotherRead), {
  maxAttempts: ATTEMPTS_AFTER_THE_FIRST,
  backoff: new DelegateBackoff(wait),
});

/** Runs a read, and runs it again after a failure that can pass. Writes never come here. */
export const retryRead = <T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  reads.execute(read, signal);
