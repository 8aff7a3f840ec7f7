import type { IncomingHttpHeaders } from 'node:http';
import { badInput } from '../errors/client-error.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import type { Caller } from '../http/request.ts';

const PRINTABLE = /^[\x21-\x7e]+$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const LONGEST_WORKSPACE_ID = 128;

const readHeader = (headers: IncomingHttpHeaders, name: string, maxLength = Infinity): string | undefined => {
  const value = headers[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' && PRINTABLE.test(value) && value.length <= maxLength) return value;
  throw badInput(`The header \`${name}\` must be one text of printable characters without spaces.`);
};

/** The caller's place in a trace, where it is well formed. */
export const readTraceparent = ({ traceparent }: IncomingHttpHeaders): string | undefined =>
  typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;

/** The headers of a request that go along upstream: these four, and no other. */
export type CallerHeaders = Omit<Caller, 'budget' | 'tenant'> & { workspaceId: string | undefined };

/**
 * Reads the headers that go along upstream.
 * @throws `BAD_USER_INPUT` if one of them is malformed.
 */
export const readCaller = (
  headers: IncomingHttpHeaders,
  requestId: string,
  signal: AbortSignalLike | undefined,
): CallerHeaders => ({
  token: readHeader(headers, 'x-auth-token'),
  workspaceId: readHeader(headers, 'x-workspace-id', LONGEST_WORKSPACE_ID),
  requestId,
  traceparent: readTraceparent(headers),
  signal,
});
