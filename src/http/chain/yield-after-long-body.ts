import type { Link } from './link.ts';
import { Failure } from '../failure.ts';

/** A body of so many bytes takes some ten milliseconds of CPU to parse and check. */
const LONG_BODY_BYTES = 1024 * 1024;

/** Lets other requests run after a long body was parsed, before anything is made of it. */
export const yieldAfterLongBody =
  (next: Link): Link =>
  (call, options, done) => {
    next(call, options, (ended) => {
      if (ended instanceof Failure || ended.bytes <= LONG_BODY_BYTES) done(ended);
      else setImmediate(done, ended);
    });
  };
