import { expect, test } from 'vitest';
import { UpstreamTimeout } from '../../src/http/errors.ts';
import { openExtent, WHOLE } from '../../src/paging/extent.ts';
import { concatenateSources, type SourcePart } from '../../src/paging/concatenated-source.ts';
import { idsOf, type Row, rowsOf, createUpstream } from './list-upstream.ts';

const TIMEOUT = new UpstreamTimeout('css');
const broken: SourcePart<Row> = { limits: { pageSize: 1000 }, load: () => Promise.reject(TIMEOUT) };

/** Lists of so many rows each, all with ids of their own, as one; behind each the quirks of its upstream. */
const merged = (
  sizes: readonly number[],
  quirks: Parameters<typeof createUpstream>[1] = {},
  maxRows = 10_000,
) => {
  const lists = sizes.map((size, at) => createUpstream(rowsOf(size, at * 10_000), quirks));
  return {
    lists,
    source: concatenateSources<Row, SourcePart<Row>>(
      lists.map((list) => list.source()),
      maxRows,
    ),
  };
};

const all = (sizes: readonly number[]) => idsOf(sizes.flatMap((size, at) => rowsOf(size, at * 10_000)));

test('every window of the lists is the window of them put together', async () => {
  const sizes = [3, 0, 1, 4];
  for (let offset = 0; offset < 10; offset += 1) {
    for (let limit = 0; limit < 10; limit += 1) {
      const { source } = merged(sizes);
      const { items, total, extent } = await source.load({ offset, limit });
      expect(idsOf(items)).toEqual(all(sizes).slice(offset, offset + limit));
      expect([total, extent]).toEqual([8, offset + limit >= 8 ? WHOLE : openExtent()]);
      expect(source.gaps()).toEqual([]);
    }
  }
});

test('lists that tell no total are read to their end for it', async () => {
  const { source } = merged([3, 4], { total: () => null });
  const { items, total } = await source.load({ offset: 2, limit: 3 });
  expect([idsOf(items), total]).toEqual([all([3, 4]).slice(2, 5), 7]);
});

test('a list that fails is left out of rows and total, and told', async () => {
  const [a, b] = [createUpstream(rowsOf(2)), createUpstream(rowsOf(3, 100))];
  const parts = [a.source(), broken, b.source()];
  const source = concatenateSources<Row, SourcePart<Row>>(parts, 10_000);
  const { items, total, extent } = await source.load({ offset: 1, limit: 9 });
  expect([idsOf(items), total, extent]).toEqual([['r1', 'r100', 'r101', 'r102'], 5, WHOLE]);
  expect(source.gaps()).toEqual([{ part: broken, error: TIMEOUT }]);
});

test('a list that fails after its total was read is left out as a whole', async () => {
  const flaky: SourcePart<Row> = {
    limits: { pageSize: 1000 },
    load: async ({ limit }) => {
      if (limit > 0) throw TIMEOUT;
      return { items: [], total: 5, extent: openExtent() };
    },
  };
  const source = concatenateSources<Row, SourcePart<Row>>(
    [flaky, createUpstream(rowsOf(3)).source()],
    10_000,
  );
  const { items, total } = await source.load({ offset: 1, limit: 2 });
  expect([idsOf(items), total]).toEqual([['r1', 'r2'], 3]);
  expect(source.gaps()).toEqual([{ part: flaky, error: TIMEOUT }]);
});

test('where every list fails the first failure is thrown, and a mistake of the gateway always is', async () => {
  await expect(concatenateSources([broken, { ...broken }], 10).load({ offset: 0, limit: 1 })).rejects.toBe(
    TIMEOUT,
  );
  const mistaken: SourcePart<Row> = { ...broken, load: () => Promise.reject(new TypeError('mistake')) };
  const source = concatenateSources([createUpstream(rowsOf(1)).source(), mistaken], 10);
  await expect(source.load({ offset: 0, limit: 1 })).rejects.toThrow('mistake');
});

test('rows of a list beyond its ceiling are not counted, and the gap is told', async () => {
  const { source } = merged([9, 2], { limits: { pageSize: 4, lastOffset: 3 } });
  const { items, total } = await source.load({ offset: 6, limit: 9 });
  expect([idsOf(items), total]).toEqual([['r6', 'r10000', 'r10001'], 9]);
  expect(source.gaps()).toMatchObject([
    { error: { extensions: { code: 'RESULT_TRUNCATED' }, message: expect.stringContaining('first 7 rows') } },
  ]);
});

test('a list that loses a row between its total and its rows is a conflict that passes', async () => {
  const shrinking: SourcePart<Row> = {
    limits: { pageSize: 1000 },
    load: async ({ limit }) =>
      limit === 0
        ? { items: [], total: 5, extent: openExtent() }
        : { items: rowsOf(1), total: 4, extent: WHOLE },
  };
  const source = concatenateSources<Row, SourcePart<Row>>(
    [createUpstream(rowsOf(1)).source(), shrinking],
    10_000,
  );
  const { items, total } = await source.load({ offset: 1, limit: 5 });
  expect([items, total]).toEqual([[], 1]);
  expect(source.gaps()).toMatchObject([{ error: { extensions: { code: 'CONFLICT', retryable: true } } }]);
});
