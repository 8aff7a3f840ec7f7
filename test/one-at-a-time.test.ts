import { setImmediate as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { oneAtATime as inTurn } from '../src/one-at-a-time.ts';

const LATE = new Error('too late');

const oneAtATime = <T>(key: string, run: () => Promise<T>, ms = 10_000) =>
  inTurn(key, run, { ms, over: () => LATE });

const logged = () => {
  const log: string[] = [];
  const task = (key: string, name: string) =>
    oneAtATime(key, async () => {
      log.push(`${name} begins`);
      await later();
      log.push(`${name} ends`);
      return name;
    });
  return { log, task };
};

test('what has the same key runs one after the other, in the order it came', async () => {
  const { log, task } = logged();
  expect(await Promise.all([task('k', 'a'), task('k', 'b'), task('k', 'c')])).toEqual(['a', 'b', 'c']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('what has another key does not wait', async () => {
  const { log, task } = logged();
  await Promise.all([task('k', 'a'), task('l', 'b')]);
  expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
});

test('one that fails fails by itself, and the next one runs', async () => {
  const failing = oneAtATime('k', () => Promise.reject(new Error('no')));
  const next = oneAtATime('k', async () => 'yes');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
  expect(await oneAtATime('k', async () => 'later')).toBe('later');
});

test('one whose turn does not come in time fails without having run, and the next one runs', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let ran = false;
  const slow = oneAtATime('k', () => promise);
  const late = oneAtATime('k', async () => (ran = true), 20);
  const next = oneAtATime('k', async () => 'next');
  await expect(late).rejects.toBe(LATE);
  resolve('slow');
  expect(await Promise.all([slow, next])).toEqual(['slow', 'next']);
  expect(ran).toBe(false);
});

test('one that gave up waiting lets nobody by', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const ended: string[] = [];
  const note = (name: string) => async () => void ended.push(name);
  const slow = oneAtATime('k', () => promise.then(note('slow')));
  await expect(oneAtATime('k', note('late'), 20)).rejects.toBe(LATE);
  const next = oneAtATime('k', note('next'));
  await later();
  expect(ended).toEqual([]);
  resolve('');
  await Promise.all([slow, next]);
  expect(ended).toEqual(['slow', 'next']);
});

test('one that has begun takes the time it takes', async () => {
  const slow = oneAtATime(
    'k',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'slow';
    },
    10,
  );
  expect(await slow).toBe('slow');
});
