import { expect, test } from 'vitest';
import { createRetryBudget } from '../../src/http/retry-budget.ts';

const clocked = () => {
  let ms = 0;
  const budget = createRetryBudget(() => ms);
  return {
    calls: (count: number) => {
      for (let n = 0; n < count; n += 1) budget.noteCall();
    },
    /** How many of so many retries are allowed. */
    retries: (count: number) => Array.from({ length: count }, () => budget.take()).filter(Boolean).length,
    wait: (more: number) => (ms += more),
  };
};

test('an upstream that is hardly called may be asked again a few times', () => {
  const { calls, retries } = clocked();
  calls(1);
  expect(retries(50)).toBe(10);
});

test('a busy one gets at most a fifth more', () => {
  const { calls, retries } = clocked();
  calls(500);
  expect(retries(500)).toBe(100);
});

test('in any ten seconds, not only in those that begin with the clock', () => {
  const { calls, retries, wait } = clocked();
  let allowed = 0;
  for (let second = 0; second < 10; second += 1) {
    calls(50);
    allowed += retries(50);
    wait(1000);
  }
  expect(allowed).toBe(100);
  wait(-1000);
  expect(retries(50)).toBe(0);
});

test('and the next ten seconds bring new ones', () => {
  const { calls, retries, wait } = clocked();
  calls(500);
  retries(500);
  wait(10_000);
  expect(retries(50)).toBe(10);
  calls(500);
  expect(retries(500)).toBe(90);
});
