import { DeadlineExceeded } from '../errors.ts';
import type { Link } from './link.ts';
import { Failure } from '../failure.ts';

interface WriteLimits {
  answerTimeoutMs: number;
  operationTimeoutMs: number;
}

/** Milliseconds that an operation must have left for a write to begin: the time of a call, at most half of the operation's. */
export const minWriteMs = ({ answerTimeoutMs, operationTimeoutMs }: WriteLimits): number =>
  Math.min(answerTimeoutMs, operationTimeoutMs / 2);

/**
 * Sends no write whose outcome could not be awaited.
 * @throws `DEADLINE_EXCEEDED` if the operation has less time left than {@link minWriteMs}; nothing was sent.
 */
export const refuseLateWrites =
  (limits: WriteLimits, next: Link): Link =>
  (call, options, done) => {
    if (options.caller.budget.left() < minWriteMs(limits))
      return done(new Failure(new DeadlineExceeded(call.service.name, { unsentWrite: true })));
    return next(call, options, done);
  };
