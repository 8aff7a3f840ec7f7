import type { FairShare } from '../../capacity/fair-share.ts';
import { NoRoomForAnswer } from '../errors.ts';
import type { Link } from './link.ts';

/**
 * Counts the bytes of a response to the tenant until the operation ends.
 * @throws `OVERLOADED` if running operations hold as many bytes as they may.
 */
export const holdResponse =
  (bytes: FairShare, next: Link): Link =>
  async (call, options) => {
    const { budget, tenant } = options.caller;
    const response = await next(call, options);
    const release = response.hold({ bytes, borrower: tenant });
    if (!release) throw new NoRoomForAnswer(call.service.name);
    budget.hold(release);
    return response;
  };
