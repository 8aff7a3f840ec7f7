import type { FairShare } from '../../capacity/fair-share.ts';
import { NoRoomForAnswer } from '../errors.ts';
import type { Link } from './link.ts';
import { Failure } from '../failure.ts';

/**
 * Counts the bytes of a response to the tenant until the operation ends.
 * @throws `OVERLOADED` if running operations hold as many bytes as they may.
 */
export const holdResponse =
  (bytes: FairShare, next: Link): Link =>
  (call, options, done) => {
    next(call, options, (ended) => {
      if (ended instanceof Failure) return done(ended);
      const { budget, tenant } = options.caller;
      const release = ended.hold({ bytes, borrower: tenant });
      if (!release) return done(new Failure(new NoRoomForAnswer(call.service.name)));
      budget.hold(release);
      return done(ended);
    });
  };
