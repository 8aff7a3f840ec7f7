import { CallerGone } from './errors.ts';
import type { Signal } from './abort-signal.ts';

/** The time for a call was over. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/**
 * Ends a call after `ms`, with what `late` says, or when its caller hangs up; gives what calls that off. One clock counts the
 * whole of a call, from the wait for a free connection to the last byte; undici's own begin anew with each part, so that a slow
 * drip outlives them.
 */
export const boundedBy = (
  ms: number,
  caller: Signal | undefined,
  late: () => Error,
  call: { abort(reason: Error): void },
): (() => void) => {
  const timer = setTimeout(() => call.abort(late()), ms);
  const hangUp = () => call.abort(new CallerGone());
  caller?.addEventListener('abort', hangUp);
  return () => {
    clearTimeout(timer);
    caller?.removeEventListener('abort', hangUp);
  };
};
