import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { clientError } from '../errors/client-error.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { ReadRequest } from '../request/server-context.ts';

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
  headers?: Readonly<Record<string, string>>;
}

const LINGER_MS = 2_000;

/**
 * Answers in the shape of GraphQL, so that every client can read it. What is still coming is dropped for a while before the
 * connection ends: closed at once, it would show the client a reset instead of the answer.
 */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, headers }: Refusal,
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

const tooLarge = (maxBytes: number): Refusal => ({
  status: 413,
  code: 'QUERY_TOO_COMPLEX',
  message: `A request body may have ${maxBytes} bytes at most.`,
});

/** The refusal of what the gateway has no place for just now. */
export const OVERLOADED: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway has more work than it can do. Send the request again later.',
  headers: { 'retry-after': '1' },
};

/** Pages of other sites can send forms and plain text without asking first; this type they cannot. */
const JSON_TYPE = /^application\/json\s*(;|$)/i;

const WRONG_TYPE: Refusal = {
  status: 415,
  code: 'BAD_USER_INPUT',
  message: 'Send the operation with `Content-Type: application/json`.',
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** What of a URL has to be JSON and is not; the server behind would take it for a mistake of its own. */
const misreadUrl = (url = ''): Refusal | null => {
  const search = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const name = ['variables', 'extensions'].find((one) => search.get(one) && !isJson(search.get(one)!));
  return name === undefined
    ? null
    : { status: 400, code: 'BAD_USER_INPUT', message: `\`${name}\` in the URL must be JSON.` };
};

/** Takes room for bytes that came; false where there is none. */
export type TakeRoom = (bytes: number) => boolean;

/** The whole body, or why it is not read. The request is left undestroyed then: the refusal has to go out over the same socket. */
const readWithin = (
  request: IncomingMessage,
  limit: number,
  takeRoom: TakeRoom,
): Promise<Buffer | 'too large' | 'no room'> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (reason: 'too large' | 'no room') => {
      request.off('data', onData).pause();
      resolve(reason);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) stop('too large');
      else if (!takeRoom(chunk.length)) stop('no room');
      else chunks.push(chunk);
    };
    request.on('data', onData);
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
  });

/**
 * What is wrong with a request before it is GraphQL, or null. The body is read to its end, and left as `body`: a caller who
 * sends slowly holds up nobody but himself.
 */
export const refusalOf = async (
  request: ReadRequest,
  maxBytes: number,
  takeRoom: TakeRoom,
): Promise<Refusal | null> => {
  // The server behind makes a URL of it, and sends its own stack to the caller where it cannot.
  request.headers.host = 'gateway';
  if (request.method === 'GET') return misreadUrl(request.url);
  if (request.method !== 'POST') return null;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes);
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return WRONG_TYPE;
  // The server behind compares it letter by letter.
  request.headers['content-type'] = 'application/json';
  const body = await readWithin(request, maxBytes, takeRoom);
  if (body === 'too large') return tooLarge(maxBytes);
  if (body === 'no room') return OVERLOADED;
  request.body = body;
  return null;
};
