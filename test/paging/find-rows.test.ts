import { expect, test } from 'vitest';
import { findRows } from '../../src/paging/find-rows.ts';
import { createUpstream, idsOf, rowsOf } from './list-upstream.ts';

const CEILING = { pageSize: 1000, lastOffset: 1000 };

test('rows of the first page cost that page', async () => {
  const cloud = createUpstream(rowsOf(2000), { limits: CEILING });
  const { items } = await findRows(cloud.source(), ['r0', 'r999'], 10_000);
  expect(idsOf(items)).toEqual(idsOf(rowsOf(1000)));
  expect(cloud.calls).toEqual(['0+1000']);
});

test.each([2000, 2500])('a row that is not in it costs the others too, out of %i', async (count) => {
  const cloud = createUpstream(rowsOf(count), { limits: CEILING });
  const { items, extent } = await findRows(cloud.source(), ['r0', 'r1500'], 10_000);
  expect(idsOf(items)).toEqual(idsOf(rowsOf(2000)));
  expect(extent.kind).toBe(count === 2000 ? 'WHOLE' : 'CUT');
  expect(cloud.calls).toEqual(['0+1000', '1000+1000']);
});

test('a list that changed between its pages is read again, as a whole', async () => {
  const cloud = createUpstream(rowsOf(2000), { before: (call) => void (call === 2 && cloud.rows.shift()) });
  const { items, extent } = await findRows(cloud.source(), ['r1000', 'gone'], 10_000);
  expect(idsOf(items)).toEqual(idsOf(rowsOf(1999, 1)));
  expect(extent.kind).toBe('WHOLE');
});

test('no more rows are read than may be', async () => {
  const cloud = createUpstream(rowsOf(50));
  expect((await findRows(cloud.source(), ['r49'], 20)).extent.kind).toBe('OPEN');
  expect(cloud.calls).toEqual(['0+20']);
});
