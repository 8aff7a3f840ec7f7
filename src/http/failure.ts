import { errors } from 'undici';
import { TimeUp } from './deadline.ts';
import { UpstreamContractError, UpstreamError, UpstreamTimeout, UpstreamUnreachable } from './errors.ts';
import type { Service } from './service.ts';

type ConnectionFailure = Error & { code?: unknown; syscall?: string };

/** Whether a connection failed: the operating system, TLS and undici give such failures a code, or a class of their own. */
const isConnectionFailure = (cause: unknown): cause is ConnectionFailure =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  !(cause instanceof errors.InvalidArgumentError);

const CONNECTING = new Set(['connect', 'getaddrinfo']);

const isNeverSent = (cause: ConnectionFailure): boolean =>
  cause instanceof errors.ConnectTimeoutError || CONNECTING.has(cause.syscall ?? '');

/** Whether the service has answered over this connection before, and closed it as it may, just when the call went out. */
const isStale = (cause: unknown): boolean =>
  cause instanceof errors.SocketError && (cause.socket?.bytesRead ?? 0) > 0;

const NOT_HTTP = 'with something that is not HTTP';
const NOT_WHOLE = 'with less than it promised';

/** The service itself ended the answer too early; a connection that broke (`ECONNRESET`) is nobody's word. */
const isCutOff = (cause: unknown): boolean =>
  cause instanceof errors.SocketError || cause instanceof errors.ResponseContentLengthMismatchError;

/**
 * Why there is no answer, in the family of upstream errors; what is no failure of a connection stays as it is. `status` is that
 * of the answer, where it had begun.
 */
export const failureOf = (service: Service, cause: unknown, status: number | null): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof TimeUp) return new UpstreamTimeout(service.name, { cause });
  if (cause instanceof errors.HTTPParserError || cause instanceof errors.HeadersOverflowError)
    return new UpstreamContractError(service.name, status, NOT_HTTP, { cause });
  if (status !== null && isCutOff(cause))
    return new UpstreamContractError(service.name, status, NOT_WHOLE, { cause, cutOff: true });
  if (!isConnectionFailure(cause)) return cause;
  const at = { neverSent: isNeverSent(cause), stale: status === null && isStale(cause) };
  return new UpstreamUnreachable(service.name, at, { cause });
};
