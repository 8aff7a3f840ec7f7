import type { IncomingMessage } from 'node:http';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { ReadRequest } from '../request/server-context.ts';
import { OVERLOADED } from './refuse.ts';

const tooLarge = (maxBytes: number): HttpRefusal => ({
  status: 413,
  code: 'QUERY_TOO_COMPLEX',
  message: `A request body may have ${maxBytes} bytes at most.`,
});

/** Other sites' pages can send forms and plain text without a CORS preflight, but not this type. */
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

/** Refuses a URL whose `variables` or `extensions` are not JSON: Yoga would report an error of its own. */
const checkUrl = (url = ''): HttpRefusal | null => {
  const search = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const name = ['variables', 'extensions'].find((one) => search.get(one) && !isJson(search.get(one)!));
  return name === undefined
    ? null
    : { status: 400, code: 'BAD_USER_INPUT', message: `\`${name}\` in the URL must be JSON.` };
};

/** Counts bytes that arrived; false if requests may take no more memory. */
export type TakeBytes = (bytes: number) => boolean;

/**
 * Reads the whole body into `request.body`. Pauses the request if it is refused: it is not destroyed, since the refusal is sent over its
 * socket.
 */
const readWithin = (request: ReadRequest, limit: number, takeBytes: TakeBytes): Promise<HttpRefusal | null> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (refusal: HttpRefusal) => {
      request.off('data', onData).pause();
      resolve(refusal);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) stop(tooLarge(limit));
      else if (!takeBytes(chunk.length)) stop(OVERLOADED);
      else chunks.push(chunk);
    };
    request.on('data', onData);
    request.on('end', () => {
      request.body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      resolve(null);
    });
    request.on('error', reject);
  });

/** Refuses a request for its method, URL or headers, before its body is read; undefined if its body is to be read. */
const checkHead = (request: IncomingMessage, maxBytes: number): HttpRefusal | null | undefined => {
  // Yoga builds a URL from it, and sends the stack to the client if that is invalid.
  request.headers.host = 'gateway';
  if (request.method === 'GET') return checkUrl(request.url);
  if (request.method !== 'POST') return null;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes);
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return WRONG_TYPE;
  // Yoga accepts only this exact text.
  request.headers['content-type'] = 'application/json';
  return undefined;
};

/**
 * Reads the body of a request into `request.body`. Returns the refusal, or null. No slot is taken while a client sends its body.
 */
export const readRequestBody = (
  request: ReadRequest,
  maxBytes: number,
  takeBytes: TakeBytes,
): Promise<HttpRefusal | null> => {
  const checked = checkHead(request, maxBytes);
  return checked === undefined ? readWithin(request, maxBytes, takeBytes) : Promise.resolve(checked);
};
