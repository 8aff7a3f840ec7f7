import { errors } from 'undici';
import { TimeUp } from './deadline.ts';
import { UpstreamError, UpstreamTimeout, UpstreamUnreachable } from './errors.ts';
import type { Service } from './service.ts';

const CONNECTING = new Set(['connect', 'getaddrinfo']);

/** Whether a connection failed: the operating system, TLS and undici give such failures a code, or a class of their own. */
const isConnectionFailure = (cause: unknown): cause is Error & { code?: unknown; syscall?: string } =>
  cause instanceof errors.HTTPParserError ||
  (cause instanceof Error &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    !(cause instanceof errors.InvalidArgumentError));

/** Why there is no answer, in the family of upstream errors; what is no failure of a connection stays as it is. */
export const failureOf = (service: Service, cause: unknown): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof TimeUp) return new UpstreamTimeout(service.name, { cause });
  if (!isConnectionFailure(cause)) return cause;
  const neverSent = cause instanceof errors.ConnectTimeoutError || CONNECTING.has(cause.syscall ?? '');
  return new UpstreamUnreachable(service.name, neverSent, { cause });
};
