import { expect, test } from 'vitest';
import { createTextCache } from '../src/text-cache.ts';

/** Room for so many characters in so many texts, each of which takes 200 by itself. */
const room = (characters: number, texts: number) => characters + 200 * texts;

test('what was not asked for the longest is forgotten, by the characters of its text', () => {
  const cache = createTextCache<number>(room(10, 2));
  cache.set('aaaa', 1);
  cache.set('bbbb', 2);
  expect(cache.get('aaaa')).toBe(1);
  cache.set('cccc', 3);
  expect(['aaaa', 'bbbb', 'cccc'].map((text) => cache.get(text))).toEqual([1, undefined, 3]);
});

test('many short texts are kept together', () => {
  const cache = createTextCache<number>(room(10, 10));
  const texts = 'abcdefghij'.split('');
  for (const text of texts) cache.set(text, 1);
  expect(texts.every((text) => cache.get(text) === 1)).toBe(true);
  cache.set('k', 2);
  expect(texts.filter((text) => cache.get(text) === 1)).toEqual(texts.slice(1));
});

test('the same text again takes no more room', () => {
  const cache = createTextCache<number>(room(10, 2));
  cache.set('aaaa', 1);
  for (const made of [2, 3, 4]) cache.set('bbbb', made);
  expect(['aaaa', 'bbbb'].map((text) => cache.get(text))).toEqual([1, 4]);
});

test('a text that is too long by itself is not kept, and drives no other out', () => {
  const cache = createTextCache<number>(room(10, 1));
  cache.set('bbbb', 2);
  cache.set('a'.repeat(11), 1);
  expect(cache.get('a'.repeat(11))).toBeUndefined();
  expect(cache.get('bbbb')).toBe(2);
});
