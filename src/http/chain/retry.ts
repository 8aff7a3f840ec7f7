import {
  ClientAborted,
  UpstreamContractError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../errors.ts';
import type { AbortSignalLike } from '../abort-signal.ts';
import type { Hosts } from '../host.ts';
import type { Link } from './link.ts';

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

/** Waits before the next attempt; the end of the gateway ends the wait. */
const pause = (ms: number, signal: AbortSignalLike | undefined, closing: AbortSignalLike): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      closing.removeEventListener('abort', end);
      resolve();
    };
    const onAbort = () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', end);
      reject(new ClientAborted());
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', onAbort);
    closing.addEventListener('abort', end);
    if (signal?.aborted) onAbort();
    else if (closing.aborted) end();
  });

/**
 * Repeats a read after a transient failure, within the budget of the operation and the retry budget of the host. If the service closed
 * a reused connection as the read was sent, the read is repeated at once, once, without using the retry budget. Not for writes.
 */
export const withRetries =
  (hosts: Hosts, closing: AbortSignalLike, next: Link): Link =>
  async (call, options) => {
    const { caller, signal } = options;
    const { budget } = caller;
    const { retries } = hosts.of(call.service.name, call.request.origin);
    let replayed = false;
    let attempts = 0;
    for (;;) {
      try {
        return await next(call, { ...options, retried: replayed || attempts > 0 });
      } catch (error) {
        if (error instanceof UpstreamUnreachable && error.stale && !replayed && budget.allowsRetryAfter(0)) {
          replayed = true;
          continue;
        }
        attempts += 1;
        const waitMs = waitBeforeRetry(error, attempts);
        const mayRetry =
          attempts < MAX_ATTEMPTS && isWorthRetrying(error, attempts) && budget.allowsRetryAfter(waitMs);
        if (!mayRetry || !retries.take()) throw error;
        await pause(waitMs, signal, closing);
      }
    }
  };
