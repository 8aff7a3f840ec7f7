import type { Hosts } from '../host.ts';
import type { Link } from './link.ts';
import { Failure } from '../failure.ts';

/**
 * Sends no calls to a host that fails, until it answers again.
 * @throws `CIRCUIT_OPEN` meanwhile.
 */
export const withBreaker =
  (hosts: Hosts, next: Link): Link =>
  (call, options, done) => {
    const end = hosts.of(call.service.name, call.request.origin).breaker.begin();
    if (end instanceof Error) return done(new Failure(end));
    return next(call, options, (ended) => {
      end(ended instanceof Failure ? ended.error : undefined);
      done(ended);
    });
  };
