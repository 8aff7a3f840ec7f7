import { expect, test, vi } from 'vitest';
import { createBudget } from '../../src/http/budget.ts';

const take = (budget: ReturnType<typeof createBudget>, times: number) => {
  for (let n = 0; n < times; n += 1) budget.take('css', false);
};

test('an operation may make so many calls, and is told when it wants one more', () => {
  const budget = createBudget({ operationTimeoutMs: 1000, callLimit: 3 });
  take(budget, 3);
  expect(() => budget.take('css', false)).toThrow(expect.objectContaining({ code: 'UPSTREAM_CALL_LIMIT' }));
  expect(budget.calls).toBe(3);
});

test('retries are calls, and are counted apart as well', () => {
  const budget = createBudget({ operationTimeoutMs: 1000, callLimit: 3 });
  budget.take('css', false);
  budget.take('css', true);
  expect(budget).toMatchObject({ calls: 2, retries: 1 });
});

test('no call is made when the time is over', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const budget = createBudget({ operationTimeoutMs: 1000, callLimit: 3 });
  vi.advanceTimersByTime(999);
  take(budget, 1);
  vi.advanceTimersByTime(1);
  expect(() => budget.take('vpcep', false)).toThrow(
    expect.objectContaining({ code: 'DEADLINE_EXCEEDED', service: 'vpcep' }),
  );
  vi.useRealTimers();
});

test('a wait that the time does not allow is not begun, nor one after which no call is left', () => {
  const budget = createBudget({ operationTimeoutMs: 1000, callLimit: 1 });
  expect(budget.allowsRetryAfter(500)).toBe(true);
  expect(budget.allowsRetryAfter(1001)).toBe(false);
  take(budget, 1);
  expect(budget.allowsRetryAfter(0)).toBe(false);
});

test('the next event of a subscription has time and calls of its own, and all calls stay counted', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const budget = createBudget({ operationTimeoutMs: 1000, callLimit: 2 });
  take(budget, 2);
  vi.advanceTimersByTime(2000);
  budget.renew();
  take(budget, 2);
  expect(budget.calls).toBe(4);
  expect(() => take(budget, 1)).toThrow(expect.objectContaining({ code: 'UPSTREAM_CALL_LIMIT' }));
  vi.useRealTimers();
});
