import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ASK_NAME, getOnlyError } from '../support/sample-operations.ts';
import { head, pour, startRawServer, whole } from '../support/raw-server.ts';
import {
  BAD,
  CANARY,
  CANARY_LINE,
  DETAIL_BODY,
  endure,
  startGatewayBefore,
  MEGABYTE,
} from './broken-upstream.ts';

/** Ends a test that would run for ever. */
const FAR_TOO_MUCH = { most: 500 * MEGABYTE };
const CHUNKED = head('200 OK', 'Transfer-Encoding: chunked', CANARY_LINE);
const LINES = `${CANARY_LINE}\r\n`.repeat(500);
const CHUNK = `10000\r\n${' '.repeat(0x10000)}\r\n`;

const onAndOn =
  (start: string, more: string | Buffer, much: { most: number } = FAR_TOO_MUCH) =>
  (socket: Socket) => {
    socket.write(start);
    return pour(socket, more, much);
  };

test.each([
  { what: 'headers', behave: onAndOn('HTTP/1.1 200 OK\r\n', LINES) },
  { what: 'one header', behave: onAndOn('HTTP/1.1 200 OK\r\nX-Canary: ', CANARY.repeat(5000)) },
  { what: 'chunks', behave: onAndOn(CHUNKED, CHUNK) },
  { what: 'one chunk', behave: onAndOn(`${CHUNKED}fffffff\r\n`, CANARY.repeat(5000)) },
  { what: 'trailers', behave: onAndOn(`${CHUNKED}2\r\n{}\r\n0\r\n`, LINES) },
  { what: 'an answer without a length', behave: onAndOn(head('200 OK', CANARY_LINE), CANARY.repeat(5000)) },
  { what: 'an answer of status 500', behave: onAndOn(head('500 Down', CANARY_LINE), CANARY.repeat(5000)) },
])('$what without end are not read to the end', async ({ behave }) => {
  expect(await endure(behave)).toEqual(BAD);
});

test('50 MB of JSON are not read', async () => {
  const behave = onAndOn(head('200 OK', `Content-Length: ${50 * MEGABYTE}`), Buffer.alloc(0x10000, '['), {
    most: 50 * MEGABYTE,
  });
  expect(await endure(behave)).toEqual(BAD);
});

test.each(['200 OK', '503 Down', '404 Gone'])(
  '1 GB in a gzip of 1 MB is not unfolded under status %s',
  async (status) => {
    // Members of one gzip file may follow each other.
    const bomb = Buffer.concat(Array<Buffer>(16).fill(gzipSync(Buffer.alloc(64 * MEGABYTE, ' '))));
    const answer = whole(bomb, status, 'Content-Encoding: gzip');
    const behave = (socket: Socket) => socket.write(answer);
    expect(await endure(behave)).toEqual(BAD);
  },
);

test('many chunks of one byte take no more memory than they carry', async () => {
  const behave = onAndOn(CHUNKED, '1\r\n \r\n'.repeat(10_000));
  expect(await endure(behave, { settings: { UPSTREAM_TIMEOUT_MS: '4000' } })).toEqual(BAD);
});

test.each([
  { what: 'a status line without end', behave: onAndOn('HTTP/1.1 200 ', CANARY.repeat(5000)) },
  { what: 'an extension of a chunk without end', behave: onAndOn(`${CHUNKED}1;x=`, CANARY.repeat(5000)) },
  { what: 'status 103 again and again', behave: onAndOn('', head('103 Early Hints', CANARY_LINE)) },
])('$what is given up in time', async ({ behave }) => {
  expect(await endure(behave)).toEqual({ ...BAD, read: 'UPSTREAM_TIMEOUT', reads: 2 });
});

test('a few answers of status 103 before the answer do no harm', async () => {
  const hints = head('103 Early Hints', CANARY_LINE).repeat(10);
  const raw = await startRawServer((socket) => socket.write(`${hints}${whole(DETAIL_BODY).toString()}`));
  const { ask } = await startGatewayBefore(raw.url);
  expect(await ask(ASK_NAME)).toEqual({ data: { cluster: { name: 'plain' } } });
});

test(
  'where the operation has less time than a call, it is that time which is over',
  { timeout: 10_000 },
  async () => {
    const raw = await startRawServer(onAndOn(head('200 OK', CANARY_LINE), ' ', { most: 100 }));
    const settings = { UPSTREAM_TIMEOUT_MS: '60000', OPERATION_TIMEOUT_MS: '300' };
    const { ask } = await startGatewayBefore(raw.url, settings);
    expect(getOnlyError(await ask(ASK_NAME)).extensions).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      retryable: true,
    });
    await expect.poll(raw.open).toBe(0);
  },
);
