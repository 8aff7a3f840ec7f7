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

/** Failures to make a connection, as undici tells them. */
const neverSent = new WeakSet<Error>();

/** Notes that a connection was never made: no call went out over it. */
export const noteNeverSent = (cause: Error): void => void neverSent.add(cause);

const CONNECTING = new Set(['connect', 'getaddrinfo']);

const isNeverSent = (cause: ConnectionFailure): boolean =>
  neverSent.has(cause) || cause instanceof errors.ConnectTimeoutError || CONNECTING.has(cause.syscall ?? '');

/** Whether the service has answered over this connection before, and closed it as it may, just when the call went out. */
const isStale = (cause: unknown): boolean =>
  cause instanceof errors.SocketError && (cause.socket?.bytesRead ?? 0) > 0;

const NOT_HTTP = 'with something that is not HTTP';
const NOT_WHOLE = 'with less than it promised';

/** undici says of 100 and 101 `bad response` and `bad upgrade`, and of headers that went wrong after a length that it was not kept. */
const isNotHttp = (cause: unknown, status: number | null): boolean =>
  cause instanceof errors.HTTPParserError ||
  cause instanceof errors.HeadersOverflowError ||
  (status === null && cause instanceof errors.ResponseContentLengthMismatchError) ||
  (cause instanceof errors.SocketError && cause.message.startsWith('bad '));

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
  if (isNotHttp(cause, status)) return new UpstreamContractError(service.name, status, NOT_HTTP, { cause });
  if (status !== null && isCutOff(cause))
    return new UpstreamContractError(service.name, status, NOT_WHOLE, { cause, cutOff: true });
  if (!isConnectionFailure(cause)) return cause;
  const at = { neverSent: isNeverSent(cause), stale: status === null && isStale(cause) };
  return new UpstreamUnreachable(service.name, at, { cause });
};
