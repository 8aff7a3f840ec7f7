import { expect, test } from 'vitest';
import { z } from 'zod';
import { Reading } from '../../../src/http/upstream-response.ts';
import { UpstreamRefusal, UpstreamTimeout } from '../../../src/http/errors.ts';
import { Body } from '../../../src/http/response-body.ts';
import { isUnchanged, type Read, Trail } from '../../../src/http/trail.ts';

const css = { name: 'css', codes: {} } as const;
const shape = z.unknown();

const reading = (text: string, status = 200) => {
  const body = new Body(1e6);
  for (const part of text.match(/.{1,40000}/gsu) ?? []) body.add(Buffer.from(part));
  return new Reading(css, { status, headers: {}, body });
};

const read = (name: string): Read => ({
  service: css,
  project: { region: 'r', projectId: 'p', endpoints: { css: '', vpcep: '', dataartsinsight: '' } },
  path: '/',
  call: { shape },
  request: { method: 'GET', origin: '', path: name, headers: {} },
  name,
});

/** Reads that the test ends one by one. */
const reads = () => {
  const open = new Map<string, PromiseWithResolvers<Reading>>();
  const begun: string[] = [];
  const begin = ({ name }: Read) => {
    begun.push(name);
    const one = Promise.withResolvers<Reading>();
    open.set(name, one);
    return one.promise;
  };
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve(); // oxlint-disable-line no-await-in-loop
  };
  const end = async (name: string, text: string) => {
    open.get(name)!.resolve(reading(text));
    await settled();
  };
  const fail = async (name: string) => {
    open.get(name)!.reject(new Error(name));
    await settled();
  };
  return { begin, begun, end, fail };
};

/** Read `a` and `b` side by side, then `c` when `a` ended, then `d` when all had. */
const followed = () => {
  const trail = new Trail();
  const [a, b] = [trail.begin(read('a')), trail.begin(read('b'))];
  a({ reading: reading('A') });
  const c = trail.begin(read('c'));
  c({ reading: reading('C') });
  b({ reading: reading('B') });
  trail.begin(read('d'))({ reading: reading('D') });
  return trail.whole()!;
};

test('reads are made again as soon as what they rested on has ended, whatever comes first', async () => {
  const steps = followed();
  const again = reads();
  const unchanged = isUnchanged(steps, ({ read: one }) => again.begin(one));
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
  const unchanged = isUnchanged(followed(), ({ read: one }) => again.begin(one));
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
  const trail = new Trail();
  trail.begin(read('a'))({ failure: refusal('CSS.1') });
  expect(await isUnchanged(trail.whole()!, () => Promise.reject(now))).toBe(same);
});

test('a read that fails is not the same', async () => {
  const again = reads();
  const unchanged = isUnchanged(followed(), ({ read: one }) => again.begin(one));
  await again.fail('b');
  expect(await unchanged).toBe(false);
  await again.end('a', 'A');
  expect(again.begun).toEqual(['a', 'b']);
});

test('a trail with a read that failed, or has not ended, is none', () => {
  const [failing, open] = [new Trail(), new Trail()];
  failing.begin(read('a'))({ failure: new UpstreamTimeout('css') });
  open.begin(read('b'));
  expect([failing.whole(), open.whole()]).toEqual([null, null]);
});

test('nothing to read is unchanged', async () => {
  expect(await isUnchanged([], () => Promise.reject(new Error('no')))).toBe(true);
});

const LONG = 'x'.repeat(50_000);

test.each([
  { what: 'a short answer', text: '{"a":1}', other: '{"a":2}' },
  { what: 'a long answer', text: `${LONG}a${LONG}`, other: `${LONG}b${LONG}` },
  { what: 'an answer that goes on', text: '{"a":1}', other: '{"a":1} ' },
  { what: 'an answer outside ASCII', text: '{"a":"é中"}', other: '{"a":"é丮"}' },
])('$what is told from one that differs by a character', ({ text, other }) => {
  const { print } = reading(text);
  expect(reading(text).isLike(print)).toBe(true);
  expect(reading(other).isLike(print)).toBe(false);
});

test('of a long answer a digest is kept, and no answer that is the digest itself is like it', () => {
  const { print } = reading(LONG + LONG);
  expect(print).toBeTypeOf('string');
  expect(print.length).toBeLessThan(100);
  expect(reading(print as string).isLike(print)).toBe(false);
});

test('a refusal is like nothing, whatever its bytes', () => {
  expect(reading('{"a":1}', 404).isLike(reading('{"a":1}').print)).toBe(false);
});
