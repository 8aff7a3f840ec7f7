import type { IncomingMessage } from 'node:http';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { ReadRequest } from '../request/server-context.ts';

const tooLarge = (maxBytes: number): HttpRefusal => ({
  status: 413,
  code: 'QUERY_TOO_COMPLEX',
  message: `A request body may have ${maxBytes} bytes at most.`,
});

/** The refusal of what the gateway has no place for just now. */
export const OVERLOADED: HttpRefusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'The gateway has more work than it can do. Send the request again later.',
  headers: { 'retry-after': '1' },
};

/** Pages of other sites can send forms and plain text without asking first; this type they cannot. */
const JSON_TYPE = /^application\/json\s*(;|$)/i;

const WRONG_TYPE: HttpRefusal = {
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
const misreadUrl = (url = ''): HttpRefusal | null => {
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
export const readRequestBody = async (
  request: ReadRequest,
  maxBytes: number,
  takeRoom: TakeRoom,
): Promise<HttpRefusal | null> => {
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
