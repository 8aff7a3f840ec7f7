import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createOutbox } from '../src/outbox.ts';
import { exchange, open } from './support/raw.ts';

const MEGABYTE = 1024 * 1024;
const LARGE = 'x'.repeat(8 * MEGABYTE);

/** A server that sends what it is told to through an outbox: `/<tenant>` a large answer, other than `/small`. */
const serving = async (maxBytes: number) => {
  const outbox = createOutbox(maxBytes);
  const server = createServer((request, response) => {
    const tenant = request.url!.slice(1);
    const body = tenant === 'small' ? 'small é' : LARGE;
    outbox.send(response, { status: 200, headers: { 'x-tenant': tenant }, body }, tenant);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`;
  /** A client that reads nothing but the beginning. */
  const slow = async (tenant: string): Promise<Socket> => {
    const socket = open(url);
    socket.write(`GET /${tenant} HTTP/1.1\r\nHost: g\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  };
  return { outbox, url, slow };
};
const isAlive = (socket: Socket) => {
  const closed = { is: false };
  socket.once('close', () => (closed.is = true)).resume();
  return closed;
};

test('an answer goes out whole, with its length in bytes', async () => {
  const { url, outbox } = await serving(MEGABYTE);
  const small = await exchange(url, ['GET /small HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n']);
  expect(small.body).toBe('small é');
  expect(small.head).toMatch(/content-length: 8/i);
  const large = await exchange(url, ['GET /large HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n']);
  expect(large.body.length).toBe(LARGE.length);
  await expect.poll(outbox.state).toEqual({ answers: 0, bytes: 0, givenUp: 0 });
});

test('what is unread is counted until its client has it or is gone', async () => {
  const { outbox, slow } = await serving(100 * MEGABYTE);
  const socket = await slow('a');
  expect(outbox.state()).toMatchObject({ answers: 1, givenUp: 0 });
  expect(outbox.state().bytes).toBeGreaterThan(MEGABYTE);
  socket.destroy();
  await expect.poll(outbox.state).toEqual({ answers: 0, bytes: 0, givenUp: 0 });
});

test('where there is no room, the tenant with most unread bytes loses its oldest answer, and nobody else', async () => {
  const { outbox, slow } = await serving(20 * MEGABYTE);
  const other = await slow('other');
  const first = await slow('greedy');
  const second = await slow('greedy');
  const third = await slow('greedy');
  expect(outbox.state().bytes).toBeLessThanOrEqual(20 * MEGABYTE);
  expect(outbox.state().givenUp).toBeGreaterThan(0);
  const closed = isAlive(first);
  await expect.poll(() => closed.is).toBe(true);
  expect([other, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

test('what is written little by little counts for its tenant as well', async () => {
  const outbox = createOutbox(MEGABYTE);
  let streaming: ServerResponse | undefined;
  const server = createServer((_request, response) => {
    streaming = response;
    outbox.follow(response, 'stream');
    response.write('x'.repeat(8 * MEGABYTE));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  const socket = open(`http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`);
  socket.write('GET / HTTP/1.1\r\nHost: g\r\n\r\n');
  await once(socket, 'readable');
  expect(outbox.state().bytes).toBeGreaterThan(MEGABYTE);
  streaming!.destroy();
  await expect.poll(outbox.state).toMatchObject({ answers: 0, bytes: 0 });
});
