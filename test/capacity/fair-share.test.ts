import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createFairShare } from '../../src/capacity/fair-share.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('of two who hold the same, the one that was served the longest ago is next', async () => {
  const share = createFairShare({ total: 1, queue: 10 });
  const order: string[] = [];
  const borrow = async (name: string) => {
    const release = await share.take(name);
    order.push(name);
    await Promise.resolve();
    release!();
  };
  const greedy = Array.from({ length: 4 }, () => borrow('greedy'));
  await Promise.all([...greedy, borrow('modest'), borrow('third')]);
  expect(order).toEqual(['greedy', 'modest', 'third', 'greedy', 'greedy', 'greedy']);
  expect(share.state()).toEqual({ held: 0, waiting: 0 });
});

test('a part can be given back, the rest later, and never more than was lent', () => {
  const share = createFairShare({ total: 100, queue: 0 });
  const release = share.takeNow('one', 60)!;
  release(20);
  expect(share.state().held).toBe(40);
  release(1_000);
  release();
  expect(share.state().held).toBe(0);
});

test('one borrower has at most three quarters, so that a newcomer finds something', () => {
  const share = createFairShare({ total: 100, queue: 0 });
  while (share.takeNow('greedy', 5));
  expect(share.state().held).toBe(75);
  expect(share.takeNow('modest', 5)).not.toBeNull();
});

test('those who hold nothing and wait for nothing are no borrowers', async () => {
  const share = createFairShare({ total: 2, queue: 1 });
  for (const name of ['none', 'one', 'two']) share.takeNow(name, name === 'none' ? 0 : 1)?.();
  const [first, second] = [share.takeNow('holds')!, share.takeNow('holds too')!];
  const waiting = share.take('waits', 1, { ms: 5 });
  expect(await share.take('finds the queue full')).toBeNull();
  expect(await waiting).toBeNull();
  expect(share.takeNow('refused')).toBeNull();
  first();
  second();
  expect(share.borrowers()).toBe(0);
});

test('idle borrowers are kept up to a limit, and do not count', () => {
  const share = createFairShare({ total: 10, queue: 10 });
  const borrowAs = (count: number) => {
    for (let number = 0; number < count; number += 1) share.takeNow(`borrower ${number}`)!();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = borrowAs(5_000);
  expect(borrowAs(100_000) - before).toBeLessThan(2_000_000);
  expect(share.borrowers()).toBe(0);
  const held = Array.from({ length: 5 }, (_, number) => share.takeNow(`borrower ${number}`)!);
  expect(share.borrowers()).toBe(5);
  for (const release of held) release();
  expect(share.state()).toEqual({ held: 0, waiting: 0 });
});
