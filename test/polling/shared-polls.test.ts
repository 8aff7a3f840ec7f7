import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { UpstreamRefusal, UpstreamTimeout } from '../../src/http/errors.ts';
import { nextWaitMs } from '../../src/polling/poll-interval.ts';
import type { ReadAll } from '../../src/polling/poll.ts';
import { Closing, createPolling, CredentialExpired } from '../../src/polling/shared-polls.ts';
import type { Found } from '../../src/polling/watch.ts';

const PACE = { firstWaitMs: 20, limitMs: 10_000, lagMs: 0 };

/** Things whose state is a text; `done` is settled. */
const wanted = (...ids: string[]) => ({
  ids,
  stateOf: (state: string) => state,
  isSettled: (state: string | null) => state === null || state === 'done',
  isRemoval: false,
  maxWaitFactor: 15,
});

/** Looks that find the same of every id: of each look what the next of these says. */
const script = (...finds: Found<string>[]) => {
  const looks: { at: number; ids: readonly string[] }[] = [];
  const look: ReadAll<string> = async (ids) => {
    const found = finds[Math.min(looks.length, finds.length - 1)]!;
    looks.push({ at: performance.now(), ids });
    return new Map(ids.map((id) => [id, found]));
  };
  return { look, looks };
};

const throttled = (retryAfterMs: number) =>
  new UpstreamRefusal('css', 'RATE_LIMITED', { status: 429, errorCode: null, requestId: null, retryAfterMs });

test.each([
  [0, 750, 1000],
  [1, 1500, 2000],
  [2, 3000, 4000],
  [3, 6000, 8000],
  [4, 11_250, 15_000],
  [5, 11_250, 15_000],
  [1000, 11_250, 15_000],
])('after %i looks without news the wait is between %i and %i ms', (quiet, least, most) => {
  const pace = { firstWaitMs: 1000 };
  expect(nextWaitMs(quiet, pace, 15, () => 0)).toBe(least);
  expect(nextWaitMs(quiet, pace, 15, () => 1)).toBe(most);
});

test('news brings the looks close together again', async () => {
  const { look, looks } = script('a', 'a', 'a', 'a', 'b', 'done');
  const seen = await Array.fromAsync(createPolling(PACE).watch('n', wanted('x'), look));
  expect(seen).toEqual(['a', 'b', 'done'].map((item) => ({ id: 'x', item })));
  const waits = looks.map(({ at }, i) => at - (looks[i - 1]?.at ?? at));
  expect(waits[4]).toBeGreaterThan(100);
  expect(waits[5]).toBeLessThan(100);
});

test('nothing is looked at before the first event is asked for', async () => {
  const { look, looks } = script('done');
  const events = createPolling(PACE).watch('n', wanted('x'), look);
  await wait(30);
  expect(looks).toEqual([]);
  await events.return();
  expect(await Array.fromAsync(events)).toEqual([]);
  expect(looks).toEqual([]);
});

test('the cloud is left alone for as long as it asks', async () => {
  const { look, looks } = script(throttled(150), 'done');
  await Array.fromAsync(createPolling(PACE).watch('n', wanted('x'), look));
  expect(looks[1]!.at - looks[0]!.at).toBeGreaterThanOrEqual(149);
});

test('a thing that cannot be told ends its own subscriber and no other', async () => {
  const refusal = new Error('no');
  const settling = createPolling(PACE);
  let over = false;
  const look: ReadAll<string> = async (ids) =>
    new Map(ids.map((id) => [id, id === 'bad' ? refusal : over ? 'done' : 'a']));
  const good = settling.watch('n', wanted('x'), look);
  expect((await good.next()).value).toEqual({ id: 'x', item: 'a' });
  expect(await Array.fromAsync(settling.watch('n', wanted('y', 'bad'), look))).toEqual([
    { id: 'y', item: 'a' },
    { error: refusal },
  ]);
  over = true;
  expect(await Array.fromAsync(good)).toEqual([{ id: 'x', item: 'done' }]);
});

test('an item whose read failed temporarily is not final, whatever it was before', async () => {
  const settling = createPolling(PACE);
  const finds = [
    { x: 'done', y: 'a' },
    { x: new UpstreamTimeout('css'), y: 'done' },
    { x: 'a', y: 'done' },
    { x: 'done', y: 'done' },
  ];
  const look: ReadAll<string> = async () => new Map<string, Found<string>>(Object.entries(finds.shift()!));
  const seen = await Array.fromAsync(settling.watch('n', wanted('x', 'y'), look));
  expect(seen.map((one) => ('item' in one ? `${one.id} ${one.item}` : one))).toEqual([
    'x done',
    'y a',
    'y done',
    'x a',
    'x done',
  ]);
});

test('one who joins during a look is told of the next, which follows at once', async () => {
  const settling = createPolling({ firstWaitMs: 5000, limitMs: 10_000, lagMs: 0 });
  const finds = [wait(60, 'before'), Promise.resolve('done')];
  const look: ReadAll<string> = async () => new Map([['x', await finds.shift()!]]);
  const first = settling.watch('n', wanted('x'), look);
  const told = first.next();
  await wait(20);
  const began = performance.now();
  expect(await Array.fromAsync(settling.watch('n', wanted('x'), look))).toEqual([{ id: 'x', item: 'done' }]);
  expect(performance.now() - began).toBeLessThan(1000);
  expect((await told).value).toEqual({ id: 'x', item: 'before' });
  expect(await Array.fromAsync(first)).toEqual([{ id: 'x', item: 'done' }]);
});

test('many who join one after the other share few looks, and each is told a state that was read after it joined', async () => {
  const pace = { firstWaitMs: 200, limitMs: 60_000, lagMs: 0 };
  const settling = createPolling(pace);
  let looks = 0;
  const look: ReadAll<string> = async (ids) => {
    looks += 1;
    const startedAt = String(performance.now());
    await wait(5);
    return new Map(ids.map((id) => [id, startedAt]));
  };
  const join = async (leaves: boolean) => {
    const joinedAt = performance.now();
    const events = settling.watch('n', wanted('x'), look);
    const { value } = await events.next();
    expect(Number((value as { item: string }).item)).toBeGreaterThanOrEqual(joinedAt);
    // Those who leave early leave the others what they wait for.
    if (leaves) await events.return();
  };
  const began = performance.now();
  const joined: Promise<void>[] = [];
  for (let i = 0; i < 60; i += 1) {
    joined.push(join(i % 2 === 0));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await wait(10);
  }
  await Promise.all(joined);
  // One at once, one at most for every shortest wait, and the last one.
  expect(looks).toBeLessThanOrEqual(2 + (performance.now() - began) / (0.75 * pace.firstWaitMs));
  settling.close();
});

test('one who leaves takes nothing from those who joined with it', async () => {
  const settling = createPolling({ firstWaitMs: 60, limitMs: 60_000, lagMs: 0 });
  const { look } = script('a');
  const first = settling.watch('n', wanted('x'), look);
  await first.next();
  const controller = new AbortController();
  const leaving = settling.watch('n', wanted('x'), look, controller.signal).next();
  const staying = settling.watch('n', wanted('x'), look);
  const told = staying.next();
  controller.abort();
  await first.return();
  expect(await leaving).toEqual({ done: true, value: undefined });
  expect((await told).value).toEqual({ id: 'x', item: 'a' });
  settling.close();
});

test('the cloud is left alone for as long as it asks, whoever joins', async () => {
  const { look, looks } = script(throttled(300), 'done');
  const settling = createPolling(PACE);
  const first = Array.fromAsync(settling.watch('n', wanted('x'), look));
  await wait(40);
  await Array.fromAsync(settling.watch('n', wanted('x'), look));
  await first;
  expect(looks[1]!.at - looks[0]!.at).toBeGreaterThanOrEqual(299);
});

test('a subscriber that leaves while it waits is gone at once', async () => {
  const { look, looks } = script('a');
  const controller = new AbortController();
  const events = createPolling(PACE).watch('n', wanted('x'), look, controller.signal);
  await events.next();
  const next = events.next();
  controller.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  const { length } = looks;
  await wait(80);
  expect(looks).toHaveLength(length);
});

test('once closed, those who watch and those who come are told so', async () => {
  const settling = createPolling(PACE);
  const { look, looks } = script('a');
  const events = settling.watch('n', wanted('x'), look);
  await events.next();
  settling.close();
  const told = [{ error: expect.any(Closing) }];
  expect(await Array.fromAsync(events)).toEqual(told);
  expect(await Array.fromAsync(settling.watch('n', wanted('x'), look))).toEqual(told);
  expect(looks).toHaveLength(1);
});

test('a mistake in a look is told to those who wait, and ends them', async () => {
  const mistake = new TypeError('a mistake');
  const look: ReadAll<string> = () => {
    throw mistake;
  };
  expect(await Array.fromAsync(createPolling(PACE).watch('n', wanted('x'), look))).toEqual([
    { error: mistake },
  ]);
});

test('a watch ends when the credential of its caller expires, and one that shares its poll goes on', async () => {
  let state = 'a';
  const look: ReadAll<string> = async (ids) => new Map(ids.map((id) => [id, state]));
  const settling = createPolling(PACE);
  const other = settling.watch('n', wanted('x'), look, undefined, performance.now() + 3_600_000);
  expect((await other.next()).value).toEqual({ id: 'x', item: 'a' });
  const started = performance.now();
  const seen = await Array.fromAsync(
    settling.watch('n', wanted('x'), look, undefined, performance.now() + 100),
  );
  expect(performance.now() - started).toBeGreaterThan(80);
  expect(seen).toEqual([{ id: 'x', item: 'a' }, { error: expect.any(CredentialExpired) }]);
  state = 'done';
  expect(await Array.fromAsync(other)).toEqual([{ id: 'x', item: 'done' }]);
});

test('a watch whose credential expires after its own time ends as any other', async () => {
  const { look } = script('a');
  const settling = createPolling({ ...PACE, limitMs: 60 });
  const seen = await Array.fromAsync(
    settling.watch('n', wanted('x'), look, undefined, performance.now() + 2 ** 40),
  );
  expect(seen.at(-1)).toMatchObject({ error: { name: 'StillUnsettled' } });
});

test('a watch that begins after its credential expired ends at once', async () => {
  const { look } = script('a');
  const seen = await Array.fromAsync(
    createPolling(PACE).watch('n', wanted('x'), look, undefined, performance.now() - 1),
  );
  expect(seen.at(-1)).toEqual({ error: expect.any(CredentialExpired) });
});

/** Before this long after the first look nothing is taken for the end that was there from the start. */
const LAG = { ...PACE, lagMs: 150 };

/** What is seen of one thing, and how many looks that took. */
const seenOf = async (finds: Found<string>[], more: Partial<ReturnType<typeof wanted>> = {}) => {
  const { look, looks } = script(...finds);
  const began = performance.now();
  const seen = await Array.fromAsync(createPolling(LAG).watch('n', { ...wanted('x'), ...more }, look));
  const tookMs = performance.now() - began;
  return { seen: seen.map((one) => ('item' in one ? one.item : one)), looks: looks.length, tookMs };
};

test('a final status at the first look ends nothing before the lag is over', async () => {
  const { seen, tookMs } = await seenOf(['done']);
  expect(seen).toEqual(['done']);
  expect(tookMs).toBeGreaterThanOrEqual(149);
});

test('what a write changes only later is told: the old state is no end', async () => {
  expect((await seenOf(['done', 'done', 'a', 'done'])).seen).toEqual(['done', 'a', 'done']);
});

test('a state that came after another one is the end at once', async () => {
  expect(await seenOf(['a', 'done'])).toMatchObject({ seen: ['a', 'done'], looks: 2 });
});

test('what is missing at first, and there then, was never told as missing', async () => {
  expect((await seenOf([null, null, 'a', 'done'])).seen).toEqual(['a', 'done']);
});

test('what stays missing is told as such when the lag is over', async () => {
  const { seen, tookMs } = await seenOf([null]);
  expect(seen).toEqual([null]);
  expect(tookMs).toBeGreaterThanOrEqual(149);
});

test('what goes is the end at once, also where it is waited for and was never there', async () => {
  expect(await seenOf(['done', null])).toMatchObject({ seen: ['done', null], looks: 2 });
  const gone = { isRemoval: true, isSettled: (state: string | null) => state === null };
  expect(await seenOf([null], gone)).toMatchObject({ seen: [null], looks: 1 });
});
