import { errors } from 'undici';
import { TimeUp } from './deadline.ts';
import {
  ShuttingDown,
  UpstreamContractError,
  UpstreamError,
  UpstreamTimeout,
  UpstreamUnreachable,
} from './errors.ts';
import type { Service } from './service.ts';
import { ProxyError } from './tunnel.ts';

/** True if the connection failed: errors of the operating system, of TLS and of undici have a code. */
const isConnectionFailure = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  !(cause instanceof errors.InvalidArgumentError);

/** True if the service closed a connection, over which it had answered before, at the moment the call was sent; HTTP allows that. */
const isStale = (cause: unknown): boolean =>
  cause instanceof errors.SocketError && (cause.socket?.bytesRead ?? 0) > 0;

const NOT_HTTP = 'with something that is not HTTP';
const TRUNCATED = 'with less than it promised';

/**
 * True if the response is not HTTP. Quirks of undici: its messages are `bad response` and `bad upgrade` for status 100 and 101, and it
 * reports a wrong length if headers are malformed after `Content-Length`.
 */
const isNotHttp = (cause: unknown, status: number | null): boolean =>
  cause instanceof errors.HTTPParserError ||
  cause instanceof errors.HeadersOverflowError ||
  (status === null && cause instanceof errors.ResponseContentLengthMismatchError) ||
  (cause instanceof errors.SocketError && cause.message.startsWith('bad '));

/** True if the service itself ended the response too early. A broken connection (`ECONNRESET`) does not show that. */
const isCutOff = (cause: unknown): boolean =>
  cause instanceof errors.SocketError || cause instanceof errors.ResponseContentLengthMismatchError;

/** How far a call got. */
interface Progress {
  /** It had a connection: before that, nothing of it can have run. */
  sent: boolean;
  /** Status of the response; null if none had begun. */
  status: number | null;
  isWrite: boolean;
}

/** Converts the cause of a failed call to an upstream error. A cause that is no failure of a connection is returned unchanged. */
export const classifyFailure = (
  service: Service,
  cause: unknown,
  { sent, status, isWrite }: Progress,
): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof errors.ClientDestroyedError)
    return new ShuttingDown(service.name, { mayHaveRun: sent && isWrite });
  if (cause instanceof TimeUp) return new UpstreamTimeout(service.name, { cause, neverSent: !sent });
  if (isNotHttp(cause, status)) return new UpstreamContractError(service.name, status, NOT_HTTP, { cause });
  if (status !== null && isCutOff(cause))
    return new UpstreamContractError(service.name, status, TRUNCATED, { cause, cutOff: true });
  if (!isConnectionFailure(cause)) return cause;
  // A proxy that refuses passes nothing on.
  const neverSent = !sent || cause instanceof ProxyError;
  const phase = { neverSent, stale: status === null && isStale(cause) };
  return new UpstreamUnreachable(service.name, phase, { cause });
};
