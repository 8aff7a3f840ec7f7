import type { IncomingHttpHeaders } from 'node:http';
import { badInput } from '../errors/client-error.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import type { Caller } from '../http/request.ts';

const PRINTABLE = /^[\x21-\x7e]+$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const MAX_WORKSPACE_ID_LENGTH = 128;

const readHeader = (headers: IncomingHttpHeaders, name: string, maxLength = Infinity): string | undefined => {
  const value = headers[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' && PRINTABLE.test(value) && value.length <= maxLength) return value;
  throw badInput(`The header \`${name}\` must be one text of printable characters without spaces.`);
};

/** The caller's `traceparent`; undefined if it is malformed. */
export const readTraceparent = ({ traceparent }: IncomingHttpHeaders): string | undefined =>
  typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;

/** The caller as the request names them. Of its headers only token, workspace, request id and `traceparent` are sent upstream. */
export type CallerHeaders = Omit<Caller, 'budget' | 'tenant'> & { workspaceId: string | undefined };

/**
 * Reads the headers that are sent upstream.
 * @throws `BAD_USER_INPUT` if one of them is malformed.
 */
export const readCaller = (
  headers: IncomingHttpHeaders,
  requestId: string,
  signal: AbortSignalLike | undefined,
): CallerHeaders => ({
  token: readHeader(headers, 'x-auth-token'),
  workspaceId: readHeader(headers, 'x-workspace-id', MAX_WORKSPACE_ID_LENGTH),
  requestId,
  traceparent: readTraceparent(headers),
  signal,
});
