import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { clientError } from '../errors/client-error.ts';
import type { HttpRefusal } from '../errors/http-refusal.ts';

/** The gateway has no slot, or no memory, for a request. */
export const OVERLOADED: HttpRefusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway has more work than it can do. Send the request again later.',
  headers: { 'retry-after': '1' },
};

/** Longest time that the rest of the request is read. */
const LINGER_MS = 2_000;

/**
 * Sends a refusal in the format of a GraphQL error, so that every client can read it. The rest of the request is read and discarded
 * before the connection is closed: if it were closed at once, the client would see a reset instead of the response.
 */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, headers }: HttpRefusal,
  requestId: string,
): void => {
  const body = JSON.stringify({ errors: [clientError(code, message, { requestId })] });
  response.writeHead(status, {
    ...headers,
    'x-request-id': requestId,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (length === undefined && coding === undefined) {
    response.end(body);
    return;
  }
  response.write(body);
  const end = () => response.end();
  const timer = setTimeout(end, LINGER_MS);
  finished(request.resume(), () => {
    clearTimeout(timer);
    end();
  });
};
