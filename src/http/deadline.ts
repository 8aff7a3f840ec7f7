import { CallerGone } from './errors.ts';
import type { Answer, Exchange } from './exchange.ts';

/** The time for a call was over. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/**
 * Makes a call, and ends it after `ms`, with what `late` says, or when its caller hangs up. One clock counts the whole of it, from
 * the wait for a free connection to the last byte; undici's own begin anew with each part, so that a slow drip outlives them.
 */
export const withDeadline = (
  ms: number,
  caller: AbortSignal | undefined,
  late: () => Error,
  begin: () => Exchange,
): Promise<Answer> => {
  if (caller?.aborted) return Promise.reject(new CallerGone());
  const { answer, abort } = begin();
  const timer = setTimeout(() => abort(late()), ms);
  const hangUp = caller && (() => abort(new CallerGone()));
  if (hangUp) caller.addEventListener('abort', hangUp);
  const over = () => {
    clearTimeout(timer);
    if (hangUp) caller.removeEventListener('abort', hangUp);
  };
  answer.then(over, over);
  return answer;
};
