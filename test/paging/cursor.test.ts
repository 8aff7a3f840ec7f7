import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Anchor,
  decodeCursor,
  encodeCursor,
  isOutdatedCursor,
  listTag,
} from '../../src/paging/cursor.ts';

const anchor: Anchor = { position: 3, key: 'r3', value: null, beside: { key: 'r2', side: 'before' } };
const unchecked = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Such a value with the checksum that it needs. */
const encoded = (value: unknown) => {
  const [content, checksum] = [Buffer.from(JSON.stringify(value)), Buffer.alloc(4)];
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([content, checksum]).toString('base64url');
};

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
  { what: 'another version', cursor: encoded([3, 'tag', 3, 'r3', null, null]) },
  { what: 'one without a checksum', cursor: unchecked([2, 'tag', 3, 'r3', null, null]) },
  { what: 'one of an earlier version', cursor: unchecked([1, 'tag', 3, 'r3', null, null]) },
  { what: 'a negative position', cursor: encoded([2, 'tag', -1, 'r3', null, null]) },
  { what: 'a broken position', cursor: encoded([2, 'tag', 1.5, 'r3', null, null]) },
  { what: 'an empty key', cursor: encoded([2, 'tag', 3, '', null, null]) },
  { what: 'a side that is none', cursor: encoded([2, 'tag', 3, 'r3', null, { key: 'r2', side: 'left' }]) },
  { what: 'too much', cursor: encoded([2, 'tag', 3, 'r3', null, null, 0]) },
])('$what is no cursor', ({ cursor }) => {
  expect(decodeCursor('tag', cursor)).toBeNull();
});

test('such a value with its checksum is a cursor', () => {
  expect(decodeCursor('tag', encoded([2, 'tag', 3, 'r3', null, null]))).toMatchObject({ position: 3 });
});

test('no other text is taken for a cursor that was given out: not with one character more, less or changed', () => {
  const cursor = encodeCursor('tag', anchor);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ .';
  const altered = Array.from(cursor).flatMap((old, at) => [
    cursor.slice(0, at) + cursor.slice(at + 1),
    ...Array.from(alphabet).flatMap((one) => [
      ...(one === old ? [] : [cursor.slice(0, at) + one + cursor.slice(at + 1)]),
      cursor.slice(0, at) + one + cursor.slice(at),
    ]),
  ]);
  const taken = [...altered, `${cursor}=`, ` ${cursor}`, `${cursor}A`].filter(
    (one) => one !== cursor && decodeCursor('tag', one) !== null,
  );
  expect(taken).toEqual([]);
});

test('a cursor of an earlier version is told from one that never was', () => {
  expect(isOutdatedCursor(unchecked([1, 'tag', 3, 'r3', null, null]))).toBe(true);
  expect([encodeCursor('tag', anchor), 'garbage', '', unchecked([1])].map(isOutdatedCursor)).toEqual([
    false,
    false,
    false,
    false,
  ]);
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
