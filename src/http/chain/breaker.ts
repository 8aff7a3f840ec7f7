import type { Hosts } from '../host.ts';
import type { Link } from './link.ts';

/**
 * Sends no calls to a host that fails, until it answers again.
 * @throws `CIRCUIT_OPEN` meanwhile.
 */
export const withBreaker =
  (hosts: Hosts, next: Link): Link =>
  (call, options) =>
    hosts.of(call.service.name, call.request.origin).breaker.run(() => next(call, options));
