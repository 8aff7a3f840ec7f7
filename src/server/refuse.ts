import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { clientError } from '../errors/client-error.ts';
import type { HttpRefusal } from '../errors/http-refusal.ts';

const LINGER_MS = 2_000;

/**
 * Answers in the shape of GraphQL, so that every client can read it. What is still coming is dropped for a while before the
 * connection ends: closed at once, it would show the client a reset instead of the answer.
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
