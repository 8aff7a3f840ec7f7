import { describe, expect, test } from 'vitest';
import { UpstreamTimeout } from '../../src/http/errors.ts';
import { openExtent, WHOLE } from '../../src/paging/extent.ts';
import { concatenateSources, type SourcePart } from '../../src/paging/concatenated-source.ts';
import type { PageArguments } from '../../src/paging/page-request.ts';
import type { PageSource } from '../../src/paging/page-source.ts';
import { readRelayConnection } from '../../src/paging/relay-connection.ts';
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

/** A page of so many equal lists, and what reading it cost: calls of all lists, and the most rows that they can have returned. */
const costOf = async (
  parts: number,
  rows: number,
  args: PageArguments,
  more: Partial<PageSource<Row>> & { selected?: { rows: boolean } } = {},
) => {
  const { selected = { rows: true }, ...filter } = more;
  const { lists, source } = merged(Array.from({ length: parts }, () => rows));
  const list = {
    identity: () => 'all',
    keyOf: ({ id }: Row) => id,
    sortTimeOf: () => null,
    ...source,
    ...filter,
  };
  const sizes = { default: 20, max: 1000, maxRows: 10_000 };
  const page = await readRelayConnection<Row>(list, args, sizes, selected).catch((error: Error) => error);
  const calls = lists.flatMap((upstream) => upstream.calls);
  const limits = calls.map((call) => Math.min(rows, Number(call.split('+')[1])));
  return {
    ids: page instanceof Error ? page.message : page.edges.map(({ node }) => node.id),
    total: page instanceof Error ? null : page.totalCount,
    calls: calls.length,
    rows: limits.reduce((sum, limit) => sum + limit, 0),
  };
};

const MATCHES = { matches: ({ id }: Row) => id.endsWith('7') };
const TOO_LONG = 'Only the first 10000 rows of this list can be read, and the answer needs more.';

describe.each([1, 3, 20, 100])('%i short lists', (parts) => {
  const ids = all(Array.from({ length: parts }, () => 8));

  test.each([
    ['their first rows', { first: 20 }, {}, ids.slice(0, 20)],
    ['their last rows', { last: 20 }, {}, ids.slice(-20)],
    ['a thousand rows', { first: 1000 }, {}, ids],
    ['a filter', { first: 20 }, MATCHES, ids.filter((id) => id.endsWith('7')).slice(0, 20)],
    ['the end of a filter', { last: 20 }, MATCHES, ids.filter((id) => id.endsWith('7')).slice(-20)],
  ])('cost a call each for %s', async (_, args, filter, rows) => {
    expect(await costOf(parts, 8, args, filter)).toMatchObject({ ids: rows, calls: parts });
  });

  test('cost a call each for a page in the middle', async () => {
    const { lists, source } = merged(Array.from({ length: parts }, () => 8));
    const { items } = await source.load({ offset: 5, limit: 22 });
    expect(idsOf(items)).toEqual(ids.slice(5, 27));
    expect(lists.map(({ calls }) => calls.length)).toEqual(lists.map(() => 1));
  });
});

describe('lists of a thousand rows', () => {
  test.each([
    { parts: 3, args: { last: 20 }, calls: 4, rows: 3 * 334 + 20 },
    { parts: 20, args: { last: 20 }, calls: 21, rows: 20 * 50 + 20 },
    { parts: 100, args: { last: 20 }, calls: 101, rows: 100 * 25 + 20 },
    { parts: 3, args: { first: 1000 }, calls: 3, rows: 1000 + 2 * 334 },
    { parts: 20, args: { first: 1000 }, calls: 20, rows: 1000 + 19 * 51 },
    { parts: 100, args: { first: 1000 }, calls: 100, rows: 1000 + 99 * 25 },
    { parts: 100, args: { first: 20 }, calls: 100, rows: 100 * 21 },
  ])('cost $calls calls and few rows of $parts for $args', async ({ parts, args, calls, rows }) => {
    const cost = await costOf(parts, 1000, args);
    expect(cost).toMatchObject({ total: parts * 1000, calls, rows });
    expect(cost.ids).toHaveLength(args.last ?? args.first);
  });

  test('are filtered where they are as many as may be read', async () => {
    expect(await costOf(3, 1000, { last: 2 }, MATCHES)).toMatchObject({ total: 300, calls: 3 });
    expect(await costOf(10, 1000, { last: 2 }, MATCHES)).toMatchObject({ total: 1000, calls: 10 });
  });

  test.each([20, 100])('are refused the end of a filter by the totals of %i', async (parts) => {
    expect(await costOf(parts, 1000, { last: 2 }, MATCHES)).toMatchObject({
      ids: TOO_LONG,
      calls: parts,
      rows: 10_000,
    });
    const counted = await costOf(parts, 1000, {}, { ...MATCHES, selected: { rows: false } });
    expect(counted).toMatchObject({ total: null, calls: parts, rows: 10_000 });
  });

  test('are filtered no further than so many rows', async () => {
    const cost = await costOf(100, 1000, { first: 20 }, MATCHES);
    expect(cost).toMatchObject({ total: null, calls: 100 + 9 });
    expect(cost.rows).toBeLessThan(20_000);
  });

  test('are read past the place of their first rows with one more row each', async () => {
    const { lists, source } = merged(Array.from({ length: 100 }, () => 1000));
    const { items } = await source.load({ offset: 50_500, limit: 22 });
    expect(idsOf(items)).toEqual(idsOf(rowsOf(22, 500 + 50 * 10_000)));
    expect(lists[49]!.calls).toEqual(['0+1']);
    expect(lists[50]!.calls).toEqual(['0+1', '500+22']);
  });
});
