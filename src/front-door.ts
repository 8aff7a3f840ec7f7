import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Answers in the shape of GraphQL, so that every client can read it. */
export const refuse = (response: ServerResponse, { status, code, message }: Refusal, requestId: string): void => {
  const error = clientError(code, message, { requestId });
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
  response.end(JSON.stringify({ errors: [error.toJSON()] }));
};

const TOO_LARGE: Refusal = {
  status: 413,
  code: 'QUERY_TOO_COMPLEX',
  message: `A request body may have ${MAX_BODY_BYTES} bytes at most.`,
};

/** Pages of other sites can send forms and plain text without asking first; these types they cannot. */
const BODY_TYPES = /^application\/(json|graphql|graphql\+json)\s*(;|$)/i;

const WRONG_TYPE: Refusal = {
  status: 415,
  code: 'BAD_USER_INPUT',
  message: 'Send the operation with `Content-Type: application/json`.',
};

const readWithin = async (request: IncomingMessage, limit: number): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What comes too much is read and dropped: a closed socket would show the client a reset instead of the answer.
    if (size <= limit) chunks.push(chunk);
    else if (size > limit * 16) break;
  }
  return size > limit ? null : Buffer.concat(chunks);
};

/**
 * What is wrong with a request before it is GraphQL, or null. A body of known length is left for the server to read, since
 * Node holds it to that length; one in chunks is counted here, and left as `body`.
 */
export const refusalOf = async (request: IncomingMessage & { body?: Buffer }): Promise<Refusal | null> => {
  if (request.method !== 'POST') return null;
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > MAX_BODY_BYTES) return TOO_LARGE;
  if (!BODY_TYPES.test(request.headers['content-type'] ?? '')) return WRONG_TYPE;
  if (length === undefined) {
    const body = await readWithin(request, MAX_BODY_BYTES);
    if (body === null) return TOO_LARGE;
    request.body = body;
  }
  return null;
};
