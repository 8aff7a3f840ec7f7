import { errors } from 'undici';
import { TimeUp } from './deadline.ts';
import { UpstreamContractError, UpstreamError, UpstreamTimeout, UpstreamUnreachable } from './errors.ts';
import type { Service } from './service.ts';

/** Whether a connection failed: the operating system, TLS and undici give such failures a code, or a class of their own. */
const isConnectionFailure = (cause: unknown): cause is Error =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  !(cause instanceof errors.InvalidArgumentError);

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

/** How far a call had come. */
interface Progress {
  /** Whether it was on a connection: before that, nothing of it can have run. */
  sent: boolean;
  /** Of the answer, where it had begun. */
  status: number | null;
}

/** Why there is no answer, in the family of upstream errors; what is no failure of a connection stays as it is. */
export const failureOf = (service: Service, cause: unknown, { sent, status }: Progress): unknown => {
  if (cause instanceof UpstreamError) return cause;
  if (cause instanceof TimeUp) return new UpstreamTimeout(service.name, { cause, neverSent: !sent });
  if (isNotHttp(cause, status)) return new UpstreamContractError(service.name, status, NOT_HTTP, { cause });
  if (status !== null && isCutOff(cause))
    return new UpstreamContractError(service.name, status, NOT_WHOLE, { cause, cutOff: true });
  if (!isConnectionFailure(cause)) return cause;
  const at = { neverSent: !sent, stale: status === null && isStale(cause) };
  return new UpstreamUnreachable(service.name, at, { cause });
};
