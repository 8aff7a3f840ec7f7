import { describe, expect, it } from 'vitest';
import { distinctRows, mergePages, type PageRead } from '../../src/paging/merge-pages.ts';

/** Two texts with the same hash, as `hashOf` of `merge-pages.ts` makes it. */
const [A, B] = ['Aa', 'BB'];

const keyOf = (row: string): string => row;
const limits = { pageSize: 1000 };

const pageAt = (offset: number, items: readonly string[], total: number | null = null): PageRead<string> => ({
  window: { offset, limit: items.length },
  page: { items, total },
});

const merge = (first: PageRead<string>, ...rest: PageRead<string>[]) => {
  const { items, isConsistent } = mergePages(first, rest, keyOf, limits);
  return { rows: items.join(' '), isConsistent };
};

describe('distinct rows', () => {
  it.each([
    [
      ['x', 'y', 'z'],
      ['x', 'y', 'z'],
    ],
    [
      ['x', 'y', 'x', 'z', 'y'],
      ['x', 'y', 'z'],
    ],
    [
      [A, B, 'x'],
      [A, B, 'x'],
    ],
    [
      [A, B, 'x', B, A, 'x', 'y'],
      [A, B, 'x', 'y'],
    ],
    [[], []],
  ])('of %j are %j', (rows, distinct) => {
    expect(distinctRows(rows, keyOf)).toEqual(distinct);
  });
});

describe('pages of a list', () => {
  it.each([
    ['that follow each other', pageAt(0, ['a', 'b']), [pageAt(2, ['c']), pageAt(3, ['d', 'e'])], 'a b c d e'],
    ['with rows of the same hash', pageAt(0, [A]), [pageAt(1, [B, 'x']), pageAt(3, ['y'])], `${A} ${B} x y`],
    ['that repeat the row they overlap', pageAt(0, ['a', 'b']), [pageAt(1, ['b', 'c'])], 'a b c'],
    ['that hold one row twice', pageAt(0, ['a', 'b']), [pageAt(2, ['c', 'c'])], 'a b c'],
    ['that end empty', pageAt(0, ['a', 'b']), [pageAt(2, [])], 'a b'],
  ])('%s can come from one state', (_name, first, rest, rows) => {
    expect(merge(first, ...rest)).toEqual({ rows, isConsistent: true });
  });

  it.each([
    ['one repeats a row before it', pageAt(0, ['a', 'b']), [pageAt(2, ['b', 'c'])], 'a b c'],
    ['one repeats a row in its middle', pageAt(0, ['a', 'b']), [pageAt(2, ['c', 'a'])], 'a b c'],
    ['rows are missing between two', pageAt(0, ['a', 'b']), [pageAt(3, ['d'])], 'a b d'],
    ['one does not repeat what it overlaps', pageAt(0, ['a', 'b']), [pageAt(1, ['c', 'd'])], 'a b c d'],
    ['one has another total', pageAt(0, ['a'], 3), [pageAt(1, ['b'], 4)], 'a b'],
    ['one that overlaps is empty', pageAt(0, ['a', 'b']), [pageAt(1, [])], 'a b'],
  ])('cannot come from one state where %s', (_name, first, rest, rows) => {
    expect(merge(first, ...rest)).toEqual({ rows, isConsistent: false });
  });
});
