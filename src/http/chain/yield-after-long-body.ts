import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Link } from './link.ts';

/** A body of so many bytes takes some ten milliseconds of CPU to parse and check. */
const LONG_BODY_BYTES = 256 * 1024;

/** Lets other requests run after a long body was parsed, before anything is made of it. */
export const yieldAfterLongBody =
  (next: Link): Link =>
  async (call, options) => {
    const response = await next(call, options);
    if (response.bytes > LONG_BODY_BYTES) await nextTurn();
    return response;
  };
