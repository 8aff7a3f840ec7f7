import { errors } from 'undici';
import { TimeUp } from './deadline.ts';
import { UpstreamError, UpstreamTimeout, UpstreamUnreachable } from './errors.ts';
import type { Service } from './service.ts';

const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** A failure of a connection: of the operating system, of TLS or of undici, which give each a code. */
interface ConnectionFailure extends Error {
  code: string;
  syscall?: string;
}

const isConnectionFailure = (cause: unknown): cause is ConnectionFailure =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  !(cause instanceof errors.InvalidArgumentError);

/** Why there is no answer, in the family of upstream errors; what is no failure of a connection stays as it is. */
export const failureOf = (service: Service, cause: unknown): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof TimeUp) return new UpstreamTimeout(service.name, { cause });
  if (!isConnectionFailure(cause)) return cause;
  const neverSent = cause instanceof errors.ConnectTimeoutError || CONNECTING.has(cause.syscall ?? '');
  return new UpstreamUnreachable(service.name, neverSent, { cause });
};
