import { expect, test } from 'vitest';
import {
  allOf,
  cutExtent,
  extentOf,
  extentOfPage,
  extentUpTo,
  findIn,
  openExtent,
  WHOLE,
} from '../../src/paging/extent.ts';
import { codeOf } from './list-upstream.ts';

const LIMITS = { pageSize: 10, lastOffset: 10 };
const FULL = { last: 'FULL', any: true } as const;

test.each([
  { what: 'the rows that are counted', read: { ...FULL, end: 7, total: 7 }, extent: WHOLE },
  {
    what: 'a page that is not full, without a total',
    read: { ...FULL, end: 7, total: null, last: 'SHORT' },
    extent: WHOLE,
  },
  { what: 'a full page, without a total', read: { ...FULL, end: 10, total: null }, extent: openExtent() },
  { what: 'rows before the total', read: { ...FULL, end: 10, total: 12 }, extent: openExtent() },
  {
    what: 'rows before a total past the ceiling',
    read: { ...FULL, end: 10, total: 25 },
    extent: openExtent(20),
  },
  { what: 'the last row below the ceiling', read: { ...FULL, end: 20, total: 25 }, extent: cutExtent(20) },
  { what: 'that row without a total', read: { ...FULL, end: 20, total: null }, extent: cutExtent(20) },
  {
    what: 'nothing more before the total',
    read: { ...FULL, end: 7, total: 9, last: 'NOTHING' },
    extent: cutExtent(7),
  },
  { what: 'no row at all', read: { end: 0, total: 9, last: 'NOTHING', any: false }, extent: cutExtent(0) },
  // The rows may end anywhere before the place that was asked for.
  {
    what: 'no row at a place',
    read: { end: 5, total: 9, last: 'NOTHING', any: false },
    extent: cutExtent(null),
  },
] as const)('$what: $extent.kind', ({ read, extent }) => {
  expect(extentOf(read, LIMITS)).toEqual(extent);
});

test('rows in front of the last ones say no more than that the list goes on, and how far', () => {
  expect([extentUpTo(WHOLE, 3, 4), extentUpTo(WHOLE, 4, 4)]).toEqual([openExtent(), WHOLE]);
  expect([extentUpTo(cutExtent(4), 3, 4), extentUpTo(cutExtent(4), 4, 4)]).toEqual([
    openExtent(4),
    cutExtent(4),
  ]);
});

test.each([
  { got: 1, total: 1, extent: WHOLE },
  { got: 1, total: 9, extent: openExtent() },
  { got: 1, total: 25, extent: openExtent(20) },
  { got: 0, total: 9, extent: cutExtent(0) },
  { got: 0, total: 0, extent: WHOLE },
  { got: 0, total: null, extent: WHOLE },
  { got: 1, total: 0, extent: openExtent() },
])('a first page of $got of $total rows is $extent.kind', ({ got, total, extent }) => {
  const page = { items: Array.from({ length: got }, (_, at) => at), total };
  expect(extentOfPage({ window: { offset: 0, limit: 1 }, page }, LIMITS)).toEqual(extent);
});

test('all rows, and that a row is not there, are known of a whole list alone', async () => {
  expect(allOf({ items: [1, 2], extent: WHOLE })).toEqual([1, 2]);
  expect(findIn({ items: [1, 2], extent: WHOLE }, (row) => row === 3)).toBeUndefined();
  for (const extent of [openExtent(), cutExtent(2)]) {
    expect(findIn({ items: [1, 2], extent }, (row) => row === 2)).toBe(2);
    const refused = async (read: () => unknown) => codeOf(Promise.resolve().then(read));
    // oxlint-disable-next-line no-await-in-loop -- two
    expect([
      await refused(() => allOf({ items: [1, 2], extent })),
      await refused(() => findIn({ items: [1, 2], extent }, (row) => row === 3)),
    ]).toEqual(['RESULT_TRUNCATED', 'RESULT_TRUNCATED']);
  }
});
