import { setImmediate as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { oneAtATime } from '../src/one-at-a-time.ts';

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
