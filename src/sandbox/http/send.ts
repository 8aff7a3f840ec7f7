import type { ServerResponse } from 'node:http';
import type { Answer } from './exchange.ts';

declare global {
  interface JSON {
    /** In every Node since 22, not yet in the language's type library. */
    rawJSON: (text: string) => object;
  }
}

/** Writes packet ids as plain digits, which JSON allows and doubles cannot hold. */
const toJson = (body: unknown): string =>
  JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? JSON.rawJSON(`${value}`) : value,
  );

const serialize = ({ body }: Answer): Buffer => {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : toJson(body));
};

const writeHead = (
  response: ServerResponse,
  { status, body }: Answer,
  length: number,
  headers: Record<string, string>,
): void => {
  response.writeHead(status, {
    ...(status === 204 ? {} : { 'Content-Length': String(length) }),
    ...(body === undefined || typeof body === 'string' ? {} : { 'Content-Type': 'application/json' }),
    ...headers,
  });
};

/** Sends an answer: text as it is, anything else as JSON. */
export const send = (response: ServerResponse, answer: Answer, headers: Record<string, string>): void => {
  const payload = serialize(answer);
  writeHead(response, answer, payload.length, headers);
  response.end(payload);
};

/** Promises the whole answer, sends half of it, and says no more. */
export const sendHalf = (response: ServerResponse, answer: Answer, headers: Record<string, string>): void => {
  const payload = serialize(answer);
  writeHead(response, answer, payload.length, headers);
  response.write(payload.subarray(0, payload.length >> 1));
};
