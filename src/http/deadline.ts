import { ClientAborted } from './errors.ts';
import type { AbortSignalLike } from './abort-signal.ts';

/** The time for a call is over. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/**
 * Aborts a call after `ms` milliseconds with `timeoutError`, or when the client disconnects. Returns a function that cancels both. One
 * timer covers the whole call, from the wait for a free connection to the last byte: undici's own timers restart with each part of a
 * response, so that a server that sends slowly enough never reaches them.
 */
export const limitTime = (
  ms: number,
  signal: AbortSignalLike | undefined,
  timeoutError: () => Error,
  call: { abort(reason: Error): void },
): (() => void) => {
  const timer = setTimeout(() => call.abort(timeoutError()), ms);
  const onAbort = () => call.abort(new ClientAborted());
  signal?.addEventListener('abort', onAbort);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
};
