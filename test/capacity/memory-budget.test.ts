import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bytesOfText, createMemory } from '../../src/capacity/memory-budget.ts';

const MEGABYTE = 1024 * 1024;
const kept = (memory: ReturnType<typeof createMemory>, share: number, maxAgeMs = 60_000) =>
  memory.keep<{ text: string }>({ name: 'texts', share, maxAgeMs, sizeOf: ({ text }) => bytesOfText(text) });

test('a share of the budget is never exceeded, and what was not asked for the longest goes first', () => {
  const memory = createMemory(MEGABYTE);
  const texts = kept(memory, 10);
  const text = 'x'.repeat(1_000);
  for (let at = 0; at < 100; at += 1) {
    texts.set(`text ${at}`, { text });
    texts.get('text 0');
    const [holding] = memory.holdings();
    expect(holding!.held).toBeLessThanOrEqual(holding!.limit);
  }
  expect(texts.get('text 0')).toEqual({ text });
  expect(texts.get('text 1')).toBeUndefined();
  expect(texts.get('text 99')).toEqual({ text });
});

test('a thing is counted with its key and what its entry takes', () => {
  const memory = createMemory(MEGABYTE);
  kept(memory, 50).set('k'.repeat(1_000), { text: '' });
  expect(memory.holdings()[0]!.held).toBeGreaterThan(2_000);
});

test('what is larger than the share is not kept, and pushes nothing out', () => {
  const memory = createMemory(MEGABYTE);
  const texts = kept(memory, 1);
  texts.set('small', { text: 'x' });
  texts.set('large', { text: 'x'.repeat(MEGABYTE) });
  expect(texts.get('large')).toBeUndefined();
  expect(texts.get('small')).toEqual({ text: 'x' });
});

test('what is older than its age is gone', async () => {
  const texts = kept(createMemory(MEGABYTE), 10, 20);
  texts.set('text', { text: 'x' });
  expect(texts.get('text')).toBeDefined();
  await wait(40);
  expect(texts.get('text')).toBeUndefined();
});

test('shares that add up to more than the budget are refused', () => {
  const memory = createMemory(MEGABYTE);
  kept(memory, 60);
  expect(() => kept(memory, 41)).toThrow(/no share left/);
});

test('what holds itself to a limit is told beside what is kept', () => {
  const memory = createMemory(MEGABYTE);
  memory.watch({ name: 'turns', unit: 'entries', limit: 7, held: () => 3 });
  expect(memory.holdings()).toEqual([{ name: 'turns', unit: 'entries', limit: 7, held: 3 }]);
});
