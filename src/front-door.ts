import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { clientError } from './client-error.ts';
import type { ErrorCode } from './error-codes.ts';

/** The largest request body that is read. */
export const MAX_BODY_BYTES = 256 * 1024;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id where it is well formed, else a new one. */
export const requestIdOf = (request: IncomingMessage): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
};

/** An answer that was decided before any GraphQL. */
export interface Refusal {
  status: number;
  code: ErrorCode;
  message: string;
}

const LINGER_MS = 2_000;

/**
 * Answers in the shape of GraphQL, so that every client can read it. What is still coming is dropped for a while before the
 * connection ends: closed at once, it would show the client a reset instead of the answer.
 */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message }: Refusal,
  requestId: string,
): void => {
  const body = JSON.stringify({ errors: [clientError(code, message, { requestId })] });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.write(body);
  const end = () => response.end();
  const timer = setTimeout(end, LINGER_MS);
  finished(request.resume(), () => {
    clearTimeout(timer);
    end();
  });
};

const TOO_LARGE: Refusal = {
  status: 413,
  code: 'QUERY_TOO_COMPLEX',
  message: `A request body may have ${MAX_BODY_BYTES} bytes at most.`,
};

/** Pages of other sites can send forms and plain text without asking first; this type they cannot. */
const JSON_TYPE = /^application\/json\s*(;|$)/i;

const WRONG_TYPE: Refusal = {
  status: 415,
  code: 'BAD_USER_INPUT',
  message: 'Send the operation with `Content-Type: application/json`.',
};

const readWithin = async (request: IncomingMessage, limit: number): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left undestroyed when it is too long: the refusal still has to go out over the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/**
 * What is wrong with a request before it is GraphQL, or null. A body of known length is left for the server to read, since
 * Node holds it to that length; one in chunks is counted here, and left as `body`.
 */
export const refusalOf = async (request: IncomingMessage & { body?: Buffer }): Promise<Refusal | null> => {
  if (request.method !== 'POST') return null;
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > MAX_BODY_BYTES) return TOO_LARGE;
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return WRONG_TYPE;
  // The server behind compares it letter by letter.
  request.headers['content-type'] = 'application/json';
  if (length === undefined) {
    const body = await readWithin(request, MAX_BODY_BYTES);
    if (body === null) return TOO_LARGE;
    request.body = body;
  }
  return null;
};
