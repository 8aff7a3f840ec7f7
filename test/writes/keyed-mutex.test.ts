import { setImmediate as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ClientAborted } from '../../src/http/errors.ts';
import { LightAbortSignal } from '../../src/http/abort-signal.ts';
import { createKeyedMutex } from '../../src/writes/keyed-mutex.ts';

const LATE = new Error('too late');
const FULL = new Error('too many wait');
const NO_TURN = { late: () => LATE, full: () => FULL, lost: () => new Error('lost') };

interface Wish {
  key?: string;
  caller?: string;
  ms?: number;
  signal?: LightAbortSignal;
}

/** Turns, with a log of what ran; what is `held` runs until it is let go. */
const turnsOf = () => {
  const turns = createKeyedMutex();
  const log: string[] = [];
  const run = <T>(work: () => Promise<T>, { key = 'k', caller = 'me', ms = 10_000, signal }: Wish = {}) =>
    turns.run(key, { caller, ms, signal }, NO_TURN, work);
  const note = (name: string, wish?: Wish) =>
    run(async () => {
      log.push(`${name} begins`);
      await later();
      log.push(`${name} ends`);
      return name;
    }, wish);
  const held = (wish?: Wish) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { letGo: resolve, ended: run(() => promise, wish) };
  };
  return { turns, log, run, note, held };
};

const IDLE = { running: 0, waiting: 0 };

test('what has the same key runs one after the other, in the order it came', async () => {
  const { log, note } = turnsOf();
  expect(await Promise.all([note('a'), note('b'), note('c')])).toEqual(['a', 'b', 'c']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('what has another key does not wait', async () => {
  const { log, note } = turnsOf();
  await Promise.all([note('a'), note('b', { key: 'other' })]);
  expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
});

test('one that fails fails by itself, and the next one runs', async () => {
  const { run, note } = turnsOf();
  const failing = run(() => Promise.reject(new Error('no')));
  const next = note('next');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});

test('many changes of one caller lengthen the wait of another by the one that runs', async () => {
  const { log, note } = turnsOf();
  const many = Array.from({ length: 60 }, (_, at) => note(`many ${at}`, { caller: 'greedy' }));
  const one = note('one', { caller: 'modest' });
  const another = note('another', { caller: 'third' });
  await Promise.all([...many, one, another]);
  const order = log.filter((line) => line.endsWith('begins')).slice(0, 4);
  expect(order).toEqual(['many 0 begins', 'one begins', 'another begins', 'many 1 begins']);
});

test('callers who come again and again do not shut out one who waits', async () => {
  const { note } = turnsOf();
  let isOver = false;
  const again = async (caller: string): Promise<void> => {
    await note(caller, { caller });
    if (!isOver) await again(caller);
  };
  const loops = ['a', 'b', 'c'].map(again);
  const patient = Array.from({ length: 5 }, () => note('patient', { caller: 'patient' }));
  expect(await Promise.all(patient)).toHaveLength(5);
  isOver = true;
  await Promise.all(loops);
});

test('one whose turn does not come in time fails without having run, and the next one runs', async () => {
  const { log, note, held } = turnsOf();
  const slow = held();
  const late = note('late', { ms: 20 });
  const next = note('next');
  await expect(late).rejects.toBe(LATE);
  slow.letGo();
  expect(await next).toBe('next');
  expect(log).toEqual(['next begins', 'next ends']);
});

test('one without any time left does not run, though nobody is before it', async () => {
  const { log, note } = turnsOf();
  await expect(note('late', { ms: 0 })).rejects.toBe(LATE);
  expect(log).toEqual([]);
});

test('one that disconnects leaves the queue at once, and never runs', async () => {
  const { log, note, held, turns } = turnsOf();
  const slow = held();
  const signal = new LightAbortSignal();
  const gone = note('gone', { signal });
  const next = note('next');
  expect(turns.state()).toEqual({ running: 1, waiting: 2 });
  signal.abort();
  await expect(gone).rejects.toBeInstanceOf(ClientAborted);
  expect(turns.state()).toEqual({ running: 1, waiting: 1 });
  slow.letGo();
  await next;
  expect(log).toEqual(['next begins', 'next ends']);
});

test('one that disconnected before it came does not run', async () => {
  const { log, note, turns } = turnsOf();
  const signal = new LightAbortSignal();
  signal.abort();
  await expect(note('gone', { signal })).rejects.toBeInstanceOf(ClientAborted);
  expect(log).toEqual([]);
  expect(turns.state()).toEqual(IDLE);
});

test('one that has begun takes the time it takes, though its caller disconnects', async () => {
  const { run } = turnsOf();
  const signal = new LightAbortSignal();
  const slow = run(
    async () => {
      signal.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'slow';
    },
    { ms: 10, signal },
  );
  expect(await slow).toBe('slow');
});

test('64 may wait for one key; the 65th is told so, also where all are of different callers', async () => {
  const { note, held, turns } = turnsOf();
  const slow = held();
  const waiting = Array.from({ length: 64 }, (_, at) => note(`${at}`, { caller: `caller ${at}` }));
  expect(turns.state()).toEqual({ running: 1, waiting: 64 });
  await expect(note('too many', { caller: 'last' })).rejects.toBe(FULL);
  slow.letGo();
  await Promise.all(waiting);
  expect(turns.state()).toEqual(IDLE);
});

test('a full queue of one caller makes room for another', async () => {
  const { note, held } = turnsOf();
  const slow = held({ caller: 'greedy' });
  const many = Array.from({ length: 64 }, (_, at) => note(`${at}`, { caller: 'greedy' }));
  const modest = note('modest', { caller: 'modest' });
  await expect(many.at(-1)).rejects.toBe(FULL);
  slow.letGo();
  expect(await modest).toBe('modest');
  await Promise.all(many.slice(0, -1));
});

test('nothing is kept of keys that nobody waits for', async () => {
  const { note, turns, run } = turnsOf();
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => note('x', { key: `key ${at}` })));
  await expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(turns.state()).toEqual(IDLE);
  expect(turns.keys()).toBe(0);
});
