import { expect, test } from 'vitest';
import { head, whole } from '../support/raw-server.ts';
import { BAD, CANARY, CANARY_LINE, DETAIL_BODY, endure } from './broken-upstream.ts';

const OK = '200 OK';
const CHUNKED = head(OK, 'Transfer-Encoding: chunked', CANARY_LINE);

const FAULTS: { what: string; answer: string | Buffer }[] = [
  { what: 'another protocol', answer: `SSH-2.0-${CANARY}\r\n\r\n` },
  { what: 'bytes that are no text', answer: Buffer.alloc(4096, 0x16) },
  { what: 'a status that is no number', answer: `HTTP/1.1 ${CANARY}\r\n\r\n` },
  { what: 'status 99999', answer: head('99999 Much', CANARY_LINE) },
  { what: 'another version of HTTP', answer: whole(DETAIL_BODY).toString().replace('1.1', '7.3') },
  { what: 'status 100 that nobody waits for', answer: head('100 Continue', CANARY_LINE) },
  { what: 'status 101', answer: head('101 Other', 'Upgrade: websocket', 'Connection: upgrade') },
  { what: 'a length that is no number', answer: `${head(OK, `Content-Length: ${CANARY}`)}{}` },
  { what: 'two lengths', answer: whole(DETAIL_BODY, OK, 'Content-Length: 5') },
  {
    what: 'a length beside chunks',
    answer: `${head(OK, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0`,
  },
  { what: 'more than its length', answer: `${head(OK, 'Content-Length: 20')}${DETAIL_BODY}` },
  { what: 'a chunk without a size', answer: `${CHUNKED}${CANARY}\r\n{}\r\n0\r\n\r\n` },
  { what: 'a chunk beyond its size', answer: `${CHUNKED}5\r\n${DETAIL_BODY}\r\n0\r\n\r\n` },
  { what: 'a chunk beyond all sizes', answer: `${CHUNKED}${'f'.repeat(40)}\r\n${DETAIL_BODY}` },
  { what: 'a header without a name', answer: whole(DETAIL_BODY, OK, `: ${CANARY}`) },
  { what: 'a header with a bare line feed', answer: whole(DETAIL_BODY, OK, `X-A: b\nX-B: ${CANARY}`) },
  { what: 'a header with a zero byte', answer: whole(DETAIL_BODY, OK, `X-A: \0${CANARY}`) },
  { what: 'a header on two lines', answer: whole(DETAIL_BODY, OK, `X-A: a\r\n ${CANARY}`) },
];

test.each(FAULTS)('$what is not in the contract, and is not asked for twice', async ({ answer }) => {
  expect(await endure((socket) => socket.write(answer))).toEqual(BAD);
});
