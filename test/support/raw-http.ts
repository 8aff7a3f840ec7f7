import { connect, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.ts';
import type { Answer } from './gateway.ts';

/** An HTTP answer as it was received. */
export interface Raw {
  status: number;
  head: string;
  body: string;
}

/** No request of a test takes this long unless the gateway has lost it. */
const LOST_MS = 15_000;

/** Opens a connection, from this local address if one is given; destroyed at the end of the test. */
export const open = (url: string, localAddress?: string): Socket => {
  const { hostname: host, port } = new URL(url);
  // What the gateway hangs up on in the midst of a write is a reset for the client.
  const socket = connect({
    host,
    port: Number(port),
    ...(localAddress !== undefined && { localAddress }),
  }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
};

const unchunked = (body: string): string => {
  const whole: string[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (end < 0 || !(size > 0)) return whole.join('');
    whole.push(body.slice(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
};

const read = (wire: Buffer): Raw => {
  const text = wire.toString('latin1');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const bytes = /^transfer-encoding: chunked/im.test(head) ? unchunked(body) : body;
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    head,
    body: Buffer.from(bytes, 'latin1').toString(),
  };
};

/** Sends these bytes over a connection of their own, and reads until the gateway closes it. */
export const exchange = (url: string, parts: readonly (string | Buffer)[]): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    const lost = setTimeout(() => socket.destroy(new Error('No answer.')), LOST_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject).once('close', () => {
      clearTimeout(lost);
      resolve(read(Buffer.concat(chunks)));
    });
    socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  });

/** Formats a POST to `/graphql` as head and body. A header of undefined is left out. */
export const formatPost = (
  body: string | Buffer,
  headers: Readonly<Record<string, string | undefined>> = {},
): Buffer[] => {
  const bytes = Buffer.from(body);
  const all = {
    Host: 'localhost',
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': String(bytes.length),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [Buffer.from(['POST /graphql HTTP/1.1', ...lines, '', ''].join('\r\n')), bytes];
};

/** The error codes of an answer; each must be a documented one, and none an internal error. */
export const codesIn = ({ errors = [] }: Answer, about: string): string[] =>
  errors.map(({ extensions: { code } }) => {
    expect(Object.keys(ERROR_CODES), about).toContain(code);
    expect(code, about).not.toBe('INTERNAL_SERVER_ERROR');
    return code;
  });

/** Parses a GraphQL answer; its status must not be a server error. */
export const answerIn = ({ status, body }: Raw, about: string): Answer & { codes: string[] } => {
  expect(status, about).toBeGreaterThanOrEqual(200);
  expect(status, about).toBeLessThan(500);
  const answer = JSON.parse(body) as Answer;
  expect(answer.data !== undefined || answer.errors!.length > 0, about).toBe(true);
  return { ...answer, codes: codesIn(answer, about) };
};
