import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { textBytes, createMemoryBudget } from '../../src/capacity/memory-budget.ts';

const MEGABYTE = 1024 * 1024;
const kept = (memory: ReturnType<typeof createMemoryBudget>, share: number, maxAgeMs = 60_000) =>
  memory.createCache<{ text: string }>({
    name: 'texts',
    share,
    maxAgeMs,
    sizeOf: ({ text }) => textBytes(text),
  });

test('a share of the budget is never exceeded, and what was not asked for the longest goes first', () => {
  const memory = createMemoryBudget(MEGABYTE);
  const texts = kept(memory, 10);
  const text = 'x'.repeat(1_000);
  for (let at = 0; at < 100; at += 1) {
    texts.set(`text ${at}`, { text });
    texts.get('text 0');
    const [holding] = memory.usage();
    expect(holding!.held).toBeLessThanOrEqual(holding!.limit);
  }
  expect(texts.get('text 0')).toEqual({ text });
  expect(texts.get('text 1')).toBeUndefined();
  expect(texts.get('text 99')).toEqual({ text });
});

test('a thing is counted with its key and what its entry takes', () => {
  const memory = createMemoryBudget(MEGABYTE);
  kept(memory, 50).set('k'.repeat(1_000), { text: '' });
  expect(memory.usage()[0]!.held).toBeGreaterThan(2_000);
});

test('what is larger than the share is not kept, and pushes nothing out', () => {
  const memory = createMemoryBudget(MEGABYTE);
  const texts = kept(memory, 1);
  texts.set('small', { text: 'x' });
  texts.set('large', { text: 'x'.repeat(MEGABYTE) });
  expect(texts.get('large')).toBeUndefined();
  expect(texts.get('small')).toEqual({ text: 'x' });
});

test('what is older than its age is gone', async () => {
  const texts = kept(createMemoryBudget(MEGABYTE), 10, 20);
  texts.set('text', { text: 'x' });
  expect(texts.get('text')).toBeDefined();
  await wait(40);
  expect(texts.get('text')).toBeUndefined();
});

test('shares that add up to more than the budget are refused', () => {
  const memory = createMemoryBudget(MEGABYTE);
  kept(memory, 60);
  expect(() => kept(memory, 41)).toThrow(/no share left/);
});

test('what holds itself to a limit is told beside what is kept', () => {
  const memory = createMemoryBudget(MEGABYTE);
  memory.register({ name: 'turns', unit: 'entries', limit: 7, held: () => 3 });
  expect(memory.usage()).toEqual([{ name: 'turns', unit: 'entries', limit: 7, held: 3 }]);
});
