import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ASK_NAME } from '../support/sample-operations.ts';
import { head, startRawServer, whole } from '../support/raw-server.ts';
import {
  BAD,
  CANARY,
  CANARY_LINE,
  DETAIL_BODY,
  endure,
  startGatewayBefore,
  MEGABYTE,
} from './broken-upstream.ts';

const DEEP = 1_000_000;
const nested = (middle: string) => `${'['.repeat(DEEP)}${middle}${']'.repeat(DEEP)}`;

const FAULTS: { what: string; body: string | Buffer; line?: string; memory?: number }[] = [
  { what: 'a page', body: `<html>${CANARY}</html>` },
  { what: 'no body', body: '' },
  { what: 'half an object of the right length', body: DETAIL_BODY.slice(0, 40) },
  { what: '`null`', body: 'null' },
  { what: 'a list', body: `[${DETAIL_BODY}]` },
  { what: 'a text', body: JSON.stringify(CANARY) },
  { what: 'an object where the id belongs', body: `{"id":{"${CANARY}":1},"name":"n","status":"200"}` },
  { what: 'UTF-16', body: Buffer.from(DETAIL_BODY, 'utf16le') },
  { what: 'gzip', body: gzipSync(DETAIL_BODY), line: 'Content-Encoding: gzip' },
  { what: 'a compression that is none', body: DETAIL_BODY, line: `Content-Encoding: ${CANARY}` },
  { what: 'lists 1,000,000 deep', body: nested(''), memory: 512 * MEGABYTE },
  { what: 'a long number 1,000,000 deep', body: nested('1234567890123456789'), memory: 512 * MEGABYTE },
];

test.each(FAULTS)('$what under status 200 is not in the contract', async ({ body, line, memory }) => {
  const answer = whole(body, '200 OK', CANARY_LINE, ...(line ? [line] : []));
  const settings = { UPSTREAM_TIMEOUT_MS: '5000' };
  const endurance = { closes: false, settings, ...(memory && { memory }) };
  expect(await endure((socket) => socket.write(answer), endurance)).toEqual(BAD);
});

test('status 204 has nothing of what was asked for', async () => {
  const answer = head('204 No Content', CANARY_LINE);
  expect(await endure((socket) => socket.write(answer), { closes: false })).toEqual(BAD);
});

test.each([
  { what: 'a byte order mark is left out', body: '\ufeff{"id":"i","status":"200","name":"a"}', name: 'a' },
  {
    what: 'a name given twice counts as the last',
    body: '{"id":"i","status":"200","name":"a","name":"b"}',
    name: 'b',
  },
  {
    what: 'bytes that are not UTF-8 show as replaced',
    body: Buffer.from('{"id":"i","status":"200","name":"a\xff\xc3b"}', 'latin1'),
    name: 'a\ufffd\ufffdb',
  },
  {
    what: 'a name of the prototype does nothing',
    body: '{"id":"i","status":"200","name":"n","__proto__":{"name":"x"}}',
    name: 'n',
  },
  {
    what: 'what is nested 1,000,000 deep where nobody looks is left out',
    body: `{"id":"i","status":"200","name":"n","more":${nested('')}}`,
    name: 'n',
  },
])('$what', async ({ body, name }) => {
  const raw = await startRawServer((socket) => socket.write(whole(body)));
  const { ask } = await startGatewayBefore(raw.url, { UPSTREAM_TIMEOUT_MS: '5000' });
  expect(await ask(ASK_NAME)).toEqual({ data: { cluster: { name } } });
});
