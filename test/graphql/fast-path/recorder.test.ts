import { expect, test } from 'vitest';
import { z } from 'zod';
import { UpstreamResponse } from '../../../src/http/upstream-response.ts';
import { UpstreamRefusal, UpstreamTimeout } from '../../../src/http/errors.ts';
import { ResponseBody } from '../../../src/http/response-body.ts';
import type { Done } from '../../../src/http/chain/link.ts';
import { Failure } from '../../../src/http/failure.ts';
import { Recorder, type RepeatableRead, repeatReads } from '../../../src/graphql/fast-path/recorder.ts';

const css = { name: 'css', codes: {} } as const;
const shape = z.unknown();

const responseOf = (text: string, status = 200) => {
  const body = new ResponseBody(1e6);
  for (const part of text.match(/.{1,40000}/gsu) ?? []) body.add(Buffer.from(part));
  return new UpstreamResponse(css, { status, headers: {}, body });
};

const read = (name: string): RepeatableRead => ({
  call: {
    service: css,
    project: { region: 'r', projectId: 'p', endpoints: { css: '', vpcep: '', dataartsinsight: '' } },
    path: '/',
    input: {},
    request: { method: 'GET', isRead: true, origin: '', path: name, body: undefined },
  },
  validate: (response) => void response.parse(shape),
  key: name,
});

/** Reads that the test ends one by one. */
const reads = () => {
  const open = new Map<string, Done>();
  const begun: string[] = [];
  const begin = ({ read: { key: name } }: { read: RepeatableRead }, done: Done) => {
    begun.push(name);
    open.set(name, done);
  };
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve(); // oxlint-disable-line no-await-in-loop
  };
  const end = async (name: string, text: string) => {
    open.get(name)!(responseOf(text));
    await settled();
  };
  const fail = async (name: string) => {
    open.get(name)!(new Failure(new Error(name)));
    await settled();
  };
  return { begin, begun, end, fail };
};

/** Read `a` and `b` side by side, then `c` when `a` ended, then `d` when all had. */
const followed = () => {
  const recorder = new Recorder();
  const [a, b] = [recorder.begin(read('a')), recorder.begin(read('b'))];
  a(responseOf('A'));
  const c = recorder.begin(read('c'));
  c(responseOf('C'));
  b(responseOf('B'));
  recorder.begin(read('d'))(responseOf('D'));
  return recorder.completed()!;
};

test('reads are made again as soon as what they rested on has ended, whatever comes first', async () => {
  const steps = followed();
  const again = reads();
  const unchanged = repeatReads(steps, again.begin);
  expect(again.begun).toEqual(['a', 'b']);
  await again.end('b', 'B');
  expect(again.begun).toEqual(['a', 'b']);
  await again.end('a', 'A');
  expect(again.begun).toEqual(['a', 'b', 'c']);
  await again.end('c', 'C');
  expect(again.begun).toEqual(['a', 'b', 'c', 'd']);
  await again.end('d', 'D');
  expect(await unchanged).toBe(true);
});

test('with the first answer that is another one, nothing more is read', async () => {
  const again = reads();
  const unchanged = repeatReads(followed(), again.begin);
  await again.end('a', 'another');
  expect(await unchanged).toBe(false);
  await again.end('b', 'B');
  expect(again.begun).toEqual(['a', 'b']);
});

const refusal = (errorCode: string) =>
  new UpstreamRefusal('css', 'CONFLICT', { status: 403, errorCode, requestId: null, retryAfterMs: null });

test.each([
  { what: 'the same', now: refusal('CSS.1'), same: true },
  { what: 'another', now: refusal('CSS.2'), same: false },
  { what: 'another kind of failure', now: new UpstreamTimeout('css'), same: false },
])('a refusal that was data is compared by its code: $what', async ({ now, same }) => {
  const recorder = new Recorder();
  recorder.begin(read('a'))(new Failure(refusal('CSS.1')));
  expect(await repeatReads(recorder.completed()!, (_, done) => done(new Failure(now)))).toBe(same);
});

test('a read that fails is not the same', async () => {
  const again = reads();
  const unchanged = repeatReads(followed(), again.begin);
  await again.fail('b');
  expect(await unchanged).toBe(false);
  await again.end('a', 'A');
  expect(again.begun).toEqual(['a', 'b']);
});

test('a read that failed, or has not ended, leaves nothing to repeat', () => {
  const [failing, open] = [new Recorder(), new Recorder()];
  failing.begin(read('a'))(new Failure(new UpstreamTimeout('css')));
  open.begin(read('b'));
  expect([failing.completed(), open.completed()]).toEqual([null, null]);
});

test('nothing to read is unchanged', async () => {
  expect(await repeatReads([], (_, done) => done(new Failure(new Error('no'))))).toBe(true);
});

const LONG = 'x'.repeat(50_000);

test.each([
  { what: 'a short answer', text: '{"a":1}', other: '{"a":2}' },
  { what: 'a long answer', text: `${LONG}a${LONG}`, other: `${LONG}b${LONG}` },
  { what: 'an answer that goes on', text: '{"a":1}', other: '{"a":1} ' },
  { what: 'an answer outside ASCII', text: '{"a":"é中"}', other: '{"a":"é丮"}' },
])('$what is told from one that differs by a character', ({ text, other }) => {
  const { fingerprint } = responseOf(text);
  expect(responseOf(text).hasFingerprint(fingerprint)).toBe(true);
  expect(responseOf(other).hasFingerprint(fingerprint)).toBe(false);
});

test('of a long answer a digest is kept, and no answer that is the digest itself is like it', () => {
  const { fingerprint } = responseOf(LONG + LONG);
  expect(fingerprint).toBeTypeOf('string');
  expect(fingerprint.length).toBeLessThan(100);
  expect(responseOf(fingerprint).hasFingerprint(fingerprint)).toBe(false);
});

test('a refusal is like nothing, whatever its bytes', () => {
  expect(responseOf('{"a":1}', 404).hasFingerprint(responseOf('{"a":1}').fingerprint)).toBe(false);
});
