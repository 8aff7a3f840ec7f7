import { expect, test } from 'vitest';
import { type Behaviour, head, pour, whole } from '../support/raw-server.ts';
import { BAD, CANARY_LINE, DETAIL_BODY, endure } from './broken-upstream.ts';

const TOO_SLOW = { ...BAD, read: 'UPSTREAM_TIMEOUT', reads: 2 };
const CUT_OFF = { ...BAD, reads: 3 };
const BROKEN = { ...BAD, read: 'UPSTREAM_UNAVAILABLE', reads: 3 };

const MOST = whole(DETAIL_BODY, '200 OK', CANARY_LINE).subarray(0, -30);
const CHUNKED = head('200 OK', 'Transfer-Encoding: chunked', CANARY_LINE);

const says =
  (answer: string | Buffer): Behaviour =>
  (socket) =>
    socket.write(answer);
const saysAndCloses =
  (answer: string | Buffer): Behaviour =>
  (socket) =>
    socket.end(answer);
/** The pause lets what was said arrive first: a reset overtakes. */
const saysAndResets =
  (answer: string | Buffer): Behaviour =>
  (socket) =>
    socket.write(answer, () => setTimeout(() => socket.resetAndDestroy(), 20));

const byteByByte: Behaviour = (socket) => {
  socket.write(head('200 OK', 'Content-Length: 500', CANARY_LINE));
  return pour(socket, ' ', { pauseMs: 50 });
};

const FAULTS: { what: string; behave: Behaviour; outcome: typeof BAD }[] = [
  { what: 'says nothing', behave: () => {}, outcome: TOO_SLOW },
  { what: 'stops in a header', behave: says('HTTP/1.1 200 OK\r\nX-Can'), outcome: TOO_SLOW },
  { what: 'stops after its headers', behave: says(head('200 OK', 'Content-Length: 500')), outcome: TOO_SLOW },
  { what: 'stops in mid-answer', behave: says(MOST), outcome: TOO_SLOW },
  { what: 'comes byte by byte', behave: byteByByte, outcome: TOO_SLOW },
  { what: 'closes without a word', behave: (socket) => socket.end(), outcome: BROKEN },
  { what: 'closes in mid-answer', behave: saysAndCloses(MOST), outcome: CUT_OFF },
  { what: 'closes in a chunk', behave: saysAndCloses(`${CHUNKED}ff\r\n{"id":`), outcome: CUT_OFF },
  {
    what: 'closes before its last chunk',
    behave: saysAndCloses(`${CHUNKED}2\r\n{}\r\n`),
    outcome: CUT_OFF,
  },
  { what: 'resets without a word', behave: (socket) => socket.resetAndDestroy(), outcome: BROKEN },
  { what: 'resets in a header', behave: saysAndResets('HTTP/1.1 200 OK\r\nX-Can'), outcome: BROKEN },
  { what: 'resets in mid-answer', behave: saysAndResets(MOST), outcome: BROKEN },
];

test.each(FAULTS)(
  'an upstream that $what is told as $outcome.read, and a write that it may have run',
  async (fault) => {
    expect(await endure(fault.behave)).toEqual(fault.outcome);
  },
);
