import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Anchor, decodeCursor, encodeCursor, listTag } from '../../src/paging/cursor.ts';

const anchor: Anchor = { position: 3, key: 'r3', value: null, beside: { key: 'r2', side: 'before' } };
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a cursor gives back the anchor it was made from, and fits into a URL', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  const anchors: fc.Arbitrary<Anchor> = fc.record({
    position: fc.nat(),
    key: text,
    value: fc.option(text),
    beside: fc.option(fc.record({ key: text, side: fc.constantFrom('before' as const, 'after' as const) })),
  });
  fc.assert(
    fc.property(anchors, (one) => {
      const cursor = encodeCursor('tag', one);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor('tag', cursor)).toEqual(one);
    }),
  );
});

test('lists with another filter have another tag, and their cursors are not taken', () => {
  expect(listTag('connections accepted')).not.toBe(listTag('connections'));
  expect(listTag('connections')).toBe(listTag('connections'));
  expect(decodeCursor(listTag('a'), encodeCursor(listTag('b'), anchor))).toBeNull();
});

test.each([
  { what: 'no text', cursor: '' },
  { what: 'no base64', cursor: '%%%' },
  { what: 'no JSON', cursor: Buffer.from('nonsense').toString('base64url') },
  { what: 'another shape', cursor: encoded({ position: 1 }) },
  { what: 'another version', cursor: encoded([2, 'tag', 3, 'r3', null, null]) },
  { what: 'a negative position', cursor: encoded([1, 'tag', -1, 'r3', null, null]) },
  { what: 'a broken position', cursor: encoded([1, 'tag', 1.5, 'r3', null, null]) },
  { what: 'an empty key', cursor: encoded([1, 'tag', 3, '', null, null]) },
  { what: 'a side that is none', cursor: encoded([1, 'tag', 3, 'r3', null, { key: 'r2', side: 'left' }]) },
  { what: 'too much', cursor: encoded([1, 'tag', 3, 'r3', null, null, 0]) },
])('$what is no cursor', ({ cursor }) => {
  expect(decodeCursor('tag', cursor)).toBeNull();
});

test('any text at all is an anchor or null, and never an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString('base64url')),
      ),
      (text) => {
        expect(decodeCursor('tag', text)).toBeNull();
      },
    ),
  );
});
