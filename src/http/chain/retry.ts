import {
  ClientAborted,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../errors.ts';
import type { AbortSignalLike } from '../abort-signal.ts';
import type { Hosts } from '../host.ts';
import type { Done, Link } from './link.ts';
import { Failure } from '../failure.ts';

const MAX_ATTEMPTS = 3;
const MAX_WAIT_MS = 2_000;
const BASE_WAIT_MS = 100;

/** Statuses of transient failures. `CSS.0036` is an internal error with status 400, and fails the same way when repeated. */
const TRANSIENT_STATUSES = new Set([500, 502, 503, 504]);

/** True if another attempt soon may succeed. After a second time-out there is none: two have taken long enough. */
const isWorthRetrying = (error: unknown, attempts: number): boolean => {
  if (error instanceof UpstreamUnreachable) return true;
  if (error instanceof UpstreamTimeout) return attempts === 1;
  if (error instanceof UpstreamContractError) return error.cutOff;
  if (!(error instanceof UpstreamRefusal)) return false;
  if (error.code === 'RATE_LIMITED') return true;
  const isTransient = error.code === 'UPSTREAM_UNAVAILABLE' || error.code === 'UPSTREAM_TIMEOUT';
  return isTransient && TRANSIENT_STATUSES.has(error.facts.status);
};

/** Milliseconds before the next attempt: as the service says in `Retry-After`, else exponential with full jitter. */
const waitBeforeRetry = (error: unknown, attempts: number): number => {
  const retryAfterMs = error instanceof UpstreamRefusal ? error.facts.retryAfterMs : null;
  return retryAfterMs ?? Math.random() * Math.min(MAX_WAIT_MS, BASE_WAIT_MS * 2 ** attempts);
};

/** Waits before the next attempt; the end of the gateway ends the wait. Calls back with true if the signal ended it. */
const pause = (
  ms: number,
  signal: AbortSignalLike | undefined,
  closing: AbortSignalLike,
  done: (aborted: boolean) => void,
): void => {
  const end = (aborted: boolean) => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    closing.removeEventListener('abort', onEnd);
    done(aborted);
  };
  const onEnd = () => end(false);
  const onAbort = () => end(true);
  const timer = setTimeout(onEnd, ms);
  signal?.addEventListener('abort', onAbort);
  closing.addEventListener('abort', onEnd);
  if (signal?.aborted) onAbort();
  else if (closing.aborted) onEnd();
};

/**
 * Repeats a read after a transient failure, within the budget of the operation and the retry budget of the host. If the service closed
 * a reused connection as the read was sent, the read is repeated at once, once, without using the retry budget. Not for writes.
 */
export const withRetries =
  (hosts: Hosts, closing: AbortSignalLike, next: Link): Link =>
  (call, options, done) => {
    let replayed = false;
    let attempts = 0;
    const repeat = () => {
      options.retried = true;
      next(call, options, receive);
    };
    const receive: Done = (ended) => {
      if (!(ended instanceof Failure)) return done(ended);
      const { error } = ended;
      const { budget } = options.caller;
      if (error instanceof UpstreamUnreachable && error.stale && !replayed && budget.allowsRetryAfter(0)) {
        replayed = true;
        // Not at once: the client is in the middle of closing the connection.
        return queueMicrotask(repeat);
      }
      attempts += 1;
      const waitMs = waitBeforeRetry(error, attempts);
      const mayRetry =
        attempts < MAX_ATTEMPTS && isWorthRetrying(error, attempts) && budget.allowsRetryAfter(waitMs);
      if (!mayRetry || !hosts.of(call.service.name, call.request.origin).retries.take()) return done(ended);
      return pause(waitMs, options.signal, closing, (aborted) =>
        aborted ? done(new Failure(new ClientAborted())) : repeat(),
      );
    };
    next(call, options, receive);
  };
