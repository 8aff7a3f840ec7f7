import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createWriteBuffers } from '../../src/capacity/write-buffers.ts';
import { exchange, open } from '../support/raw-http.ts';

const MEGABYTE = 1024 * 1024;
const LARGE = 'x'.repeat(8 * MEGABYTE);

/** A server that sends what it is told to through an outbox: `/<tenant>` a large answer, other than `/small`. */
const serving = async (maxBytes: number) => {
  const outbox = createWriteBuffers(maxBytes);
  const server = createServer((request, response) => {
    const tenant = request.url!.slice(1);
    const body = tenant === 'small' ? 'small é' : LARGE;
    outbox.send(response, { status: 200, headers: { 'x-tenant': tenant }, body }, tenant);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
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
/** How many bytes come until there is no more of the answer, or the connection is closed. */
const rest = async (socket: Socket): Promise<number> => {
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes >= LARGE.length) break;
  }
  return bytes;
};

test('an answer goes out whole, with its length in bytes', async () => {
  const { url, outbox } = await serving(MEGABYTE);
  const small = await exchange(url, ['GET /small HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n']);
  expect(small.body).toBe('small é');
  expect(small.head).toMatch(/content-length: 8/i);
  const large = await exchange(url, ['GET /large HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n']);
  expect(large.body.length).toBe(LARGE.length);
  await expect.poll(outbox.state).toEqual({ answers: 0, bytes: 0, aborted: 0 });
});

test('what is unread is counted until its client has it or is gone', async () => {
  const { outbox, slow } = await serving(100 * MEGABYTE);
  const socket = await slow('a');
  expect(outbox.state()).toMatchObject({ answers: 1, aborted: 0 });
  expect(outbox.state().bytes).toBeGreaterThan(MEGABYTE);
  socket.destroy();
  await expect.poll(outbox.state).toEqual({ answers: 0, bytes: 0, aborted: 0 });
});

test('where there is no room, the tenant with most unread bytes loses its oldest answer, and nobody else', async () => {
  const { outbox, slow } = await serving(40 * MEGABYTE);
  const leaving = await slow('leaving');
  const other = await slow('other');
  const greedy = [await slow('greedy'), await slow('greedy')];
  leaving.destroy();
  await expect.poll(outbox.state).toMatchObject({ answers: 3, aborted: 0 });
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  while (outbox.state().aborted === 0) greedy.push(await slow('greedy'));
  expect(outbox.state().bytes).toBeLessThanOrEqual(40 * MEGABYTE);
  expect(outbox.state().aborted).toBe(1);
  const received = await Promise.all([other, ...greedy].map(rest));
  expect(received.map((bytes) => bytes >= LARGE.length)).toEqual([
    true,
    false,
    ...greedy.slice(1).map(() => true),
  ]);
});

test('what is written little by little counts for its tenant as well', async () => {
  const outbox = createWriteBuffers(MEGABYTE);
  let streaming: ServerResponse | undefined;
  const server = createServer((_request, response) => {
    streaming = response;
    outbox.track(response, 'stream');
    response.write('x'.repeat(8 * MEGABYTE));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  const address = server.address();
  const socket = open(`http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`);
  socket.write('GET / HTTP/1.1\r\nHost: g\r\n\r\n');
  await once(socket, 'readable');
  expect(outbox.state().bytes).toBeGreaterThan(MEGABYTE);
  streaming!.destroy();
  await expect.poll(outbox.state).toMatchObject({ answers: 0, bytes: 0 });
});
