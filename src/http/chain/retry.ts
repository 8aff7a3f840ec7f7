import type { Hosts } from '../host.ts';
import { retryRead } from '../retry.ts';
import type { Link } from './link.ts';

/** Repeats a read after a transient failure, within the operation's time and the host's retry budget. */
export const withRetries =
  (hosts: Hosts, next: Link): Link =>
  (call, options) => {
    const { caller, signal } = options;
    const { retries } = hosts.of(call.service.name, call.request.origin);
    return retryRead((retried) => next(call, { ...options, retried }), {
      budget: caller.budget,
      retries,
      signal,
    });
  };
