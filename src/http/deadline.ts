import { CallerGone } from './errors.ts';

/** The time for a call was over. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/**
 * Runs a call with a signal that ends it: after `ms`, or when its caller hangs up; `over` says why it was ended. One clock counts the whole of it, from the
 * wait for a free connection to the last byte; undici's own begin anew with each part, so that a slow drip outlives them.
 */
export const withDeadline = async <T>(
  ms: number,
  caller: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
  over: () => Error = () => new TimeUp(),
): Promise<T> => {
  if (caller?.aborted) throw new CallerGone();
  const controller = new AbortController();
  const hangUp = () => controller.abort(new CallerGone());
  const timer = setTimeout(() => controller.abort(over()), ms);
  caller?.addEventListener('abort', hangUp, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', hangUp);
  }
};
