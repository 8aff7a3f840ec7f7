import { describe, expect, test } from 'vitest';
import { readRelayConnection } from '../../src/paging/relay-connection.ts';
import type { PageArguments } from '../../src/paging/page-request.ts';
import type { PageSource } from '../../src/paging/page-source.ts';
import { codeOf, idsOf, type Quirks, type Row, rowsOf, createUpstream } from './list-upstream.ts';

const SIZES = { default: 20, max: 1000, maxRows: 10_000 };
const CEILING = { pageSize: 1000, lastOffset: 1000 };

type Cloud = ReturnType<typeof createUpstream>;

/** One page as a client sees it: each is a request of its own. */
const pageOf = async (cloud: Cloud, args: PageArguments, more: Partial<PageSource<Row>> = {}) => {
  const page = await readRelayConnection(cloud.source(more), args, SIZES, { rows: true });
  const { startCursor, endCursor, ...pageInfo } = page.pageInfo;
  const ids = page.edges.map(({ node }) => node.id);
  return { ids, startCursor, endCursor, page, ...pageInfo };
};

/** The cursor of the row at a position, and no calls on record. */
const cursorAt = async (cloud: Cloud, position: number, more: Partial<PageSource<Row>> = {}) => {
  const source = cloud.source(more);
  const whole = await readRelayConnection(
    source,
    { first: position + 1 },
    { ...SIZES, max: 10_000 },
    { rows: true },
  );
  cloud.calls.length = 0;
  return whole.edges[position]!.cursor;
};

const ids = (from: number, to: number) => idsOf(rowsOf(to - from, from));

const countOf = (cloud: Cloud, more: Partial<PageSource<Row>> = {}) =>
  readRelayConnection(cloud.source(more), { first: 500 }, SIZES, { rows: false });

const ceilinged = (quirks: Quirks = {}) => createUpstream(rowsOf(2500), { limits: CEILING, ...quirks });

/** Ten rows whose times tell nothing. */
const unordered = () =>
  createUpstream(rowsOf(10).map((row, i) => ({ ...row, createdAt: [null, 'x'][i % 2]! })));

const endsInSeven = ({ id }: Row) => id.endsWith('7');

describe('arguments are refused before anything is read', () => {
  test.each([
    { args: { first: -1 } },
    { args: { first: 1001 } },
    { args: { last: -1 } },
    { args: { last: 1001 } },
    { args: { first: 1, last: 1 } },
    { args: { after: 'garbage' } },
    { args: { before: '' } },
    { args: { last: 5, before: 'WyJ4Il0' } },
  ])('$args', async ({ args }) => {
    const cloud = createUpstream(rowsOf(30));
    expect(await codeOf(pageOf(cloud, args))).toBe('BAD_USER_INPUT');
    expect(await codeOf(readRelayConnection(cloud.source(), args, SIZES, { rows: false }))).toBe(
      'BAD_USER_INPUT',
    );
    expect(cloud.calls).toEqual([]);
  });

  test('a cursor of another list, filter or order', async () => {
    const cloud = createUpstream(rowsOf(30));
    const after = await cursorAt(cloud, 3);
    expect(await codeOf(pageOf(cloud, { after }, { identity: () => 'rows, but only some' }))).toBe(
      'BAD_USER_INPUT',
    );
    expect(cloud.calls).toEqual([]);
  });
});

describe('forwards', () => {
  test.each([
    { args: {}, rows: [0, 20], calls: ['0+21'], next: true },
    { args: { first: 30 }, rows: [0, 30], calls: ['0+31'], next: false },
    { args: { first: 29 }, rows: [0, 29], calls: ['0+30'], next: true },
    { args: { first: 1000 }, rows: [0, 30], calls: ['0+1000'], next: false },
    { args: { first: 0 }, rows: [0, 0], calls: ['0+1'], next: true },
  ])('$args gives rows $rows for $calls', async ({ args, rows, calls, next }) => {
    const cloud = createUpstream(rowsOf(30));
    expect(await pageOf(cloud, args)).toMatchObject({
      ids: ids(rows[0]!, rows[1]!),
      hasNextPage: next,
      hasPreviousPage: false,
      page: { totalCount: 30, truncatedAt: null },
    });
    expect(cloud.calls).toEqual(calls);
  });

  test('a page after a cursor is read together with the row of the cursor', async () => {
    const cloud = createUpstream(rowsOf(30));
    const after = await cursorAt(cloud, 9);
    const page = await pageOf(cloud, { first: 10, after });
    expect(page).toMatchObject({ ids: ids(10, 20), hasNextPage: true, hasPreviousPage: true });
    const last = await pageOf(cloud, { first: 10, after: page.endCursor });
    expect(last).toMatchObject({ ids: ids(20, 30), hasNextPage: false, hasPreviousPage: true });
    expect(cloud.calls).toEqual(['9+12', '19+12']);
  });

  test('nothing comes after the last row', async () => {
    const cloud = createUpstream(rowsOf(30));
    const page = await pageOf(cloud, { after: await cursorAt(cloud, 29) });
    expect(page).toMatchObject({ ids: [], hasNextPage: false, hasPreviousPage: true, endCursor: null });
  });

  test.each([
    { count: 10, next: false, calls: ['0+11'] },
    { count: 11, next: true, calls: ['0+11'] },
    { count: 9, next: false, calls: ['0+11'] },
  ])(
    'without a total, whether row 11 of $count is there comes with the page',
    async ({ count, next, calls }) => {
      const cloud = createUpstream(rowsOf(count), { total: () => null });
      expect(await pageOf(cloud, { first: 10 })).toMatchObject({
        hasNextPage: next,
        page: { totalCount: null },
      });
      expect(cloud.calls).toEqual(calls);
    },
  );

  test.each([
    { what: 'too low', total: 5 },
    { what: 'too high', total: 500 },
  ])('a total that is $what hides no row', async ({ total }) => {
    const cloud = createUpstream(rowsOf(30), { total: () => total });
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await pageOf(cloud, { first: 10, after });
      seen.push(...page.ids);
      after = page.endCursor;
      more = page.hasNextPage && page.ids.length > 0;
    }
    expect(seen).toEqual(ids(0, 30));
    expect(cloud.calls.length).toBeLessThanOrEqual(8);
  });
});

describe('backwards', () => {
  test.each([
    { count: 30, last: 10, calls: ['0+1000'] },
    { count: 1000, last: 10, calls: ['0+1000'] },
    { count: 1001, last: 10, calls: ['0+1000', '1000+1'] },
    { count: 1200, last: 300, calls: ['0+1000', '1000+200'] },
    { count: 2500, last: 10, calls: ['0+1000', '2490+10'] },
    { count: 2500, last: 1000, calls: ['0+1000', '1500+1000'] },
    { count: 0, last: 10, calls: ['0+1000'] },
  ])('the last $last of $count rows cost $calls', async ({ count, last, calls }) => {
    const cloud = createUpstream(rowsOf(count));
    expect(await pageOf(cloud, { last })).toMatchObject({
      ids: ids(Math.max(0, count - last), count),
      hasNextPage: false,
      hasPreviousPage: count > last,
    });
    expect(cloud.calls).toEqual(calls);
  });

  test('a page before a cursor is read together with the row of the cursor', async () => {
    const cloud = createUpstream(rowsOf(30));
    const before = await cursorAt(cloud, 15);
    const page = await pageOf(cloud, { last: 10, before });
    expect(page).toMatchObject({ ids: ids(5, 15), hasNextPage: true, hasPreviousPage: true });
    const first = await pageOf(cloud, { last: 10, before: page.startCursor });
    expect(first).toMatchObject({ ids: ids(0, 5), hasNextPage: true, hasPreviousPage: false });
    expect(cloud.calls).toEqual(['5+11', '0+6']);
  });

  test('the end of a list that moved while it was read is read again', async () => {
    const cloud = createUpstream(rowsOf(1200), {
      before: (call) => {
        if (call !== 2) return;
        cloud.rows.unshift(...rowsOf(1, -1));
        cloud.rows.pop();
      },
    });
    expect((await pageOf(cloud, { last: 300 })).ids).toEqual(idsOf(cloud.rows.slice(-300)));
    expect(cloud.calls).toEqual(['0+1000', '1000+200', '0+1000', '1000+200']);
  });

  test('the end is not missed where a row is added to it while it is read', async () => {
    const cloud = createUpstream(rowsOf(1200), {
      before: (call) => void (call === 2 && cloud.rows.push(...rowsOf(1, 1200))),
    });
    expect(await pageOf(cloud, { last: 5 })).toMatchObject({ ids: ids(1196, 1201), hasNextPage: false });
  });

  test('the end of a list whose end cannot be read is not guessed', async () => {
    const cloud = createUpstream(rowsOf(2500), { ignoresPosition: true, total: () => null });
    expect(await codeOf(pageOf(cloud, { last: 10 }))).toBe('RESULT_TRUNCATED');
    expect(cloud.calls.length).toBeLessThanOrEqual(4);
  });
});

describe('between two cursors', () => {
  test.each([
    { args: { first: 3 }, rows: [6, 9], next: true, previous: true },
    { args: { last: 3 }, rows: [12, 15], next: true, previous: true },
    { args: { first: 100 }, rows: [6, 15], next: true, previous: true },
  ])('$args are rows $rows', async ({ args, rows, next, previous }) => {
    const cloud = createUpstream(rowsOf(30));
    const [after, before] = [await cursorAt(cloud, 5), await cursorAt(cloud, 15)];
    expect(await pageOf(cloud, { ...args, after, before })).toMatchObject({
      ids: ids(rows[0]!, rows[1]!),
      hasNextPage: next,
      hasPreviousPage: previous,
    });
    expect(await pageOf(cloud, { ...args, after: before, before: after })).toMatchObject({ ids: [] });
  });

  test('first before a cursor starts at the head, last after a cursor ends at the tail', async () => {
    const cloud = createUpstream(rowsOf(30));
    const cursor = await cursorAt(cloud, 15);
    expect((await pageOf(cloud, { first: 4, before: cursor })).ids).toEqual(ids(0, 4));
    expect((await pageOf(cloud, { last: 4, after: cursor })).ids).toEqual(ids(26, 30));
  });
});

describe('the total alone', () => {
  test('costs one call of one row', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: CEILING });
    expect(await countOf(cloud)).toMatchObject({ totalCount: 2500, truncatedAt: 2000, edges: [] });
    expect(cloud.calls).toEqual(['0+1']);
  });

  test('is counted where the gateway filters', async () => {
    const cloud = createUpstream(rowsOf(1200));
    expect(await countOf(cloud, { matches: endsInSeven })).toMatchObject({
      totalCount: 120,
      truncatedAt: null,
    });
  });
});

describe('a ceiling of 2,000 rows over a list of 2,500', () => {
  const TOLD = { totalCount: 2500, truncatedAt: 2000 };

  test.each([300, 499, 500, 999, 1000])(
    'is walked to its last readable row in pages of %i, each of which tells of the ceiling',
    async (first) => {
      const cloud = ceilinged();
      const seen: string[] = [];
      let page = await pageOf(cloud, { first });
      for (; page.hasNextPage; page = await pageOf(cloud, { first, after: page.endCursor })) {
        expect(page).toMatchObject({ ids: { length: first }, page: TOLD });
        seen.push(...page.ids);
      }
      expect([...seen, ...page.ids]).toEqual(ids(0, 2000));
      expect(page).toMatchObject({ hasNextPage: false, page: TOLD });
      const beyond = await pageOf(cloud, { first, after: page.endCursor });
      expect(beyond).toMatchObject({ ids: [], hasNextPage: false, endCursor: null, page: TOLD });
    },
  );

  test('without a total the last readable row ends the paging as well', async () => {
    const cloud = ceilinged({ total: () => null });
    const after = await cursorAt(ceilinged(), 1989);
    const page = await pageOf(cloud, { first: 10, after });
    const told = { totalCount: null, truncatedAt: 2000 };
    expect(page).toMatchObject({ ids: ids(1990, 2000), hasNextPage: false, page: told });
    const beyond = await pageOf(cloud, { first: 10, after: page.endCursor });
    expect(beyond).toMatchObject({ ids: [], hasNextPage: false, page: told });
  });

  test('its end is not told', async () => {
    const cloud = ceilinged();
    expect(await codeOf(pageOf(cloud, { last: 1 }))).toBe('RESULT_TRUNCATED');
    expect(cloud.calls).toEqual(['0+1000']);
    expect(await codeOf(pageOf(cloud, { last: 1 }, { matches: () => true }))).toBe('RESULT_TRUNCATED');
  });

  test.each([
    { what: 'a filter', more: { matches: endsInSeven }, rows: rowsOf(2000).filter(endsInSeven) },
    {
      what: 'an order',
      more: { order: { valueOf: (row: Row) => row.createdAt, direction: 'ASC' as const } },
      rows: rowsOf(2000).toReversed(),
    },
  ])('$what gives what can be read, and does not count it', async ({ more, rows }) => {
    const told = { totalCount: null, truncatedAt: 2000 };
    const first = await pageOf(ceilinged(), { first: 100 }, more);
    expect(first).toMatchObject({ ids: idsOf(rows.slice(0, 100)), hasNextPage: true, page: told });
    const after = await cursorAt(ceilinged(), rows.length - 3, more);
    const last = await pageOf(ceilinged(), { first: 2, after }, more);
    expect(last).toMatchObject({ ids: idsOf(rows.slice(-2)), hasNextPage: false, page: told });
    const beyond = await pageOf(ceilinged(), { first: 2, after: last.endCursor }, more);
    expect(beyond).toMatchObject({ ids: [], hasNextPage: false, page: told });
    expect(await countOf(ceilinged(), more)).toMatchObject(told);
  });

  test('the row that a filter names is the whole answer once it is found', async () => {
    const named = (wanted: string) => {
      const isNamed = ({ id }: Row) => id === wanted;
      return { matches: isNamed, isNamed };
    };
    const whole = { totalCount: 1, truncatedAt: null };
    expect(await pageOf(ceilinged(), {}, named('r1999'))).toMatchObject({ ids: ['r1999'], page: whole });
    expect(await pageOf(ceilinged(), { last: 5 }, named('r7'))).toMatchObject({ ids: ['r7'], page: whole });
    expect(await countOf(ceilinged(), named('r7'))).toMatchObject(whole);
    const other = { ...named('r7'), matches: () => false };
    expect(await countOf(ceilinged(), other)).toMatchObject({ totalCount: 0, truncatedAt: null });
    const unknown = { totalCount: null, truncatedAt: 2000 };
    expect(await pageOf(ceilinged(), {}, named('r2000'))).toMatchObject({ ids: [], page: unknown });
  });

  test('a page of 1,000 rows after a cursor costs two calls, since the row of the cursor is one more', async () => {
    const cloud = ceilinged();
    const after = await cursorAt(cloud, 999);
    expect((await pageOf(cloud, { first: 1000, after })).ids).toEqual(ids(1000, 2000));
    expect(cloud.calls).toEqual(['999+1000', '1000+1000']);
  });

  test('a page that had to be looked for in the whole list ends at the ceiling as well', async () => {
    const cloud = ceilinged();
    const after = await cursorAt(cloud, 1994);
    cloud.rows.splice(1994, 1);
    const page = await pageOf(cloud, { first: 10, after });
    expect(page).toMatchObject({ ids: ids(1995, 2001), hasNextPage: false, page: { truncatedAt: 2000 } });
  });

  test('a list of exactly 2,000 rows ends there', async () => {
    const cloud = createUpstream(rowsOf(2000), { limits: CEILING });
    const page = await pageOf(cloud, { last: 10 });
    expect(page).toMatchObject({ ids: ids(1990, 2000), hasNextPage: false, page: { truncatedAt: null } });
    expect(await pageOf(cloud, { after: page.endCursor })).toMatchObject({ ids: [], hasNextPage: false });
  });
});

describe('when the row of a cursor is gone', () => {
  test('the row beside it tells the place', async () => {
    const cloud = unordered();
    const after = await cursorAt(cloud, 4);
    const before = (await pageOf(cloud, { last: 3, before: await cursorAt(cloud, 8) })).startCursor;
    cloud.rows.splice(4, 2);
    cloud.rows.unshift(...rowsOf(2, 50));
    expect((await pageOf(cloud, { first: 2, after })).ids).toEqual(['r6', 'r7']);
    expect((await pageOf(cloud, { last: 2, before })).ids).toEqual(['r2', 'r3']);
  });

  test('the cursor that its page was asked with tells the place of the only row of a page', async () => {
    const cloud = unordered();
    const second = await pageOf(cloud, { first: 1, after: await cursorAt(cloud, 3) });
    const secondToLast = await pageOf(cloud, { last: 1, before: await cursorAt(cloud, 6) });
    cloud.rows.splice(4, 2);
    expect((await pageOf(cloud, { first: 1, after: second.endCursor })).ids).toEqual(['r6']);
    expect((await pageOf(cloud, { last: 1, before: secondToLast.startCursor })).ids).toEqual(['r3']);
  });

  test('nothing stood before the first row', async () => {
    const cloud = unordered();
    const after = await cursorAt(cloud, 0);
    cloud.rows.splice(0, 2);
    expect((await pageOf(cloud, { first: 2, after })).ids).toEqual(['r2', 'r3']);
  });

  test('the time tells the place where the rows plainly stand in order of creation', async () => {
    const cloud = createUpstream(rowsOf(30));
    const after = await cursorAt(cloud, 9);
    cloud.rows.splice(6, 5);
    expect((await pageOf(cloud, { first: 2, after })).ids).toEqual(['r11', 'r12']);
  });

  test('a time that other rows have as well tells no place', async () => {
    const cloud = createUpstream(
      rowsOf(30).map((row, i, rows) => (i > 7 && i < 12 ? { ...row, createdAt: rows[8]!.createdAt } : row)),
    );
    const after = await cursorAt(cloud, 9);
    cloud.rows.splice(8, 2);
    expect(await codeOf(pageOf(cloud, { after }))).toBe('CONFLICT');
  });

  test('the page answers CONFLICT where nothing tells the place', async () => {
    const cloud = unordered();
    const after = await cursorAt(cloud, 4);
    cloud.rows.splice(3, 2);
    expect(await codeOf(pageOf(cloud, { after }))).toBe('CONFLICT');
  });

  test('a few rows that are in order of creation by chance are not taken for an order', async () => {
    const [a, b, c, d] = rowsOf(4) as [Row, Row, Row, Row];
    const cloud = createUpstream([c, d, a, b]);
    const after = await cursorAt(cloud, 1);
    cloud.rows.splice(0, 2);
    expect(await codeOf(pageOf(cloud, { after }))).toBe('CONFLICT');
  });

  test('below a ceiling the time tells the place as well, also where that is past the ceiling by now', async () => {
    const cloud = createUpstream(rowsOf(2500), { limits: CEILING });
    const [after, last] = [await cursorAt(cloud, 1500), await cursorAt(cloud, 1800)];
    cloud.rows.splice(1499, 2);
    expect((await pageOf(cloud, { first: 2, after })).ids).toEqual(['r1501', 'r1502']);
    const newer = rowsOf(400).map(({ id }) => ({ id: `new${id}`, createdAt: '2030-01-01T00:00:00Z' }));
    cloud.rows.unshift(...newer);
    expect(await pageOf(cloud, { after: last })).toMatchObject({
      ids: [],
      hasNextPage: false,
      page: { truncatedAt: 2000 },
    });
  });

  test('below a ceiling it is not guessed where no time tells it', async () => {
    const cloud = createUpstream(
      rowsOf(2500).map((row) => ({ ...row, createdAt: null })),
      { limits: CEILING },
    );
    const after = await cursorAt(cloud, 1500);
    cloud.rows.splice(1499, 2);
    expect(await codeOf(pageOf(cloud, { after }))).toBe('CONFLICT');
  });
});

test.each([
  { direction: 'ASC' as const, expected: ['r3', 'r2', 'r1', 'r0', 'x', 'y'] },
  { direction: 'DESC' as const, expected: ['r0', 'r1', 'r2', 'r3', 'x', 'y'] },
])(
  'in an order of the gateway, rows without a value come last: $direction',
  async ({ direction, expected }) => {
    const [a, b, c, d] = rowsOf(4) as [Row, Row, Row, Row];
    const cloud = createUpstream([b, { id: 'y', createdAt: null }, d, a, { id: 'x', createdAt: null }, c]);
    const order = { valueOf: (row: Row) => row.createdAt, direction };
    expect((await pageOf(cloud, {}, { order })).ids).toEqual(expected);
  },
);

test('in an order of the gateway, a row that changes its value moves, and the others do not', async () => {
  const rows = rowsOf(10);
  const cloud = createUpstream(rows);
  const order = { valueOf: (row: Row) => row.createdAt, direction: 'DESC' as const };
  const page = await pageOf(cloud, { first: 5 }, { order });
  rows[4]!.createdAt = '2030-01-01T00:00:00Z';
  expect((await pageOf(cloud, { first: 5, after: page.endCursor }, { order })).ids).toEqual(ids(5, 10));
});

describe('an upstream that takes no notice of the position', () => {
  test('is walked all the same, and told apart by the row of the cursor', async () => {
    const cloud = createUpstream(rowsOf(25), { ignoresPosition: true });
    const first = await pageOf(cloud, { first: 10 });
    const second = await pageOf(cloud, { first: 10, after: first.endCursor });
    expect(second).toMatchObject({ ids: ids(10, 20), hasNextPage: true });
    expect(cloud.calls).toEqual(['0+11', '9+12', '0+1000']);
  });

  test('never gives a short list for a whole one', async () => {
    const cloud = createUpstream(rowsOf(2500), { ignoresPosition: true });
    const told = { totalCount: 2500, truncatedAt: 1000 };
    const first = await pageOf(cloud, { first: 1000 });
    expect(first).toMatchObject({ ids: ids(0, 1000), hasNextPage: false, page: told });
    const beyond = await pageOf(cloud, { after: first.endCursor });
    expect(beyond).toMatchObject({ ids: [], hasNextPage: false, page: told });
    const filtered = { totalCount: null, truncatedAt: 1000 };
    expect(await countOf(cloud, { matches: () => true })).toMatchObject(filtered);
    expect(await codeOf(pageOf(cloud, { last: 1 }))).toBe('RESULT_TRUNCATED');
  });
});

describe('an upstream that hands out 1,000 of the 1,200 rows that it counts', () => {
  const short = () => createUpstream(rowsOf(1000), { total: () => 1200 });

  test.each([1, 7, 250, 333, 999, 1000])('is walked to the last of them in pages of %i', async (first) => {
    const cloud = short();
    const seen: string[] = [];
    let page = await pageOf(cloud, { first });
    for (; page.hasNextPage; page = await pageOf(cloud, { first, after: page.endCursor })) {
      expect(page.ids).toHaveLength(first);
      seen.push(...page.ids);
    }
    expect(page.ids).not.toEqual([]);
    expect([...seen, ...page.ids]).toEqual(ids(0, 1000));
    expect(page.page).toMatchObject({ totalCount: 1200, truncatedAt: 1000 });
  });

  test('says that rows are missing wherever a client gets to know of the end', async () => {
    const told = { totalCount: null, truncatedAt: 1000 };
    expect(await countOf(short(), { matches: () => false })).toMatchObject(told);
    expect(await pageOf(short(), {}, { matches: () => false })).toMatchObject({ ids: [], page: told });
    expect(await codeOf(pageOf(short(), { last: 5 }))).toBe('RESULT_TRUNCATED');
    const after = await cursorAt(short(), 999);
    expect(await pageOf(short(), { after })).toMatchObject({ ids: [], hasNextPage: false });
  });
});

test('an empty page is never said to be followed by another, but for one of no rows', async () => {
  for (const quirks of [{ total: () => 9 }, { total: () => null }, { ignoresPosition: true }]) {
    const cloud = createUpstream([], quirks);
    expect(await pageOf(cloud, {})).toMatchObject({ ids: [], hasNextPage: false, endCursor: null });
  }
  const cloud = createUpstream(rowsOf(5));
  const before = await cursorAt(cloud, 0);
  expect(await pageOf(cloud, { last: 5, before })).toMatchObject({ ids: [], hasNextPage: false });
  expect(await pageOf(cloud, { first: 0 })).toMatchObject({ ids: [], hasNextPage: true });
});

describe('a list that shrinks to the place of the cursor, and then refuses the position', () => {
  test.each([0, 3, 5, 9, 10])('is looked at again: %i rows are left', async (left) => {
    const cloud = createUpstream(rowsOf(30), { refusesPastEnd: true });
    const after = await cursorAt(cloud, 9);
    cloud.rows.length = left;
    if (left === 10) {
      expect(await pageOf(cloud, { after })).toMatchObject({ ids: [], hasNextPage: false });
      return;
    }
    expect(['no error', 'CONFLICT']).toContain(await codeOf(pageOf(cloud, { after })));
  });

  test('is read again where it shrinks between two calls', async () => {
    const cloud = createUpstream(rowsOf(2500), {
      refusesPastEnd: true,
      before: (call) => void (call === 2 && (cloud.rows.length = 900)),
    });
    const page = await pageOf(cloud, { last: 5 }, { matches: () => true });
    expect(page).toMatchObject({ ids: ids(895, 900), page: { totalCount: 900, truncatedAt: null } });
  });

  test('is cut where it refuses again what it counts', async () => {
    const cloud = createUpstream(rowsOf(1000), { refusesPastEnd: true, total: () => 1200 });
    const page = await pageOf(cloud, { first: 1000 });
    expect(page).toMatchObject({ ids: ids(0, 1000), hasNextPage: false, page: { truncatedAt: 1000 } });
    expect(cloud.calls).toHaveLength(4);
  });
});

describe('a list of more rows than may be read', () => {
  const long = () => createUpstream(rowsOf(10_001));
  const tooLong = {
    message: 'Only the first 10000 rows of this list can be read, and the answer needs more.',
    extensions: { code: 'RESULT_TRUNCATED' },
  };
  const order = { valueOf: ({ createdAt }: Row) => createdAt, direction: 'ASC' as const };

  test.each([
    ['a filter', { matches: endsInSeven }],
    ['an order', { order }],
  ])('is refused the end of %s by its first total', async (_, more) => {
    const cloud = long();
    await expect(pageOf(cloud, { last: 5 }, more)).rejects.toMatchObject(tooLong);
    expect(cloud.calls).toEqual(['0+1000']);
  });

  test('is not counted through a filter beyond its first total', async () => {
    const cloud = long();
    expect(await countOf(cloud, { matches: endsInSeven })).toMatchObject({
      totalCount: null,
      truncatedAt: 10_000,
    });
    expect(cloud.calls).toEqual(['0+1000']);
  });

  test('is read as far as may be for the first rows of a filter, and for a row that the filter names', async () => {
    const cloud = long();
    expect((await pageOf(cloud, { first: 2 }, { matches: endsInSeven })).ids).toEqual(['r7', 'r17']);
    const isNamed = ({ id }: Row) => id === 'r9999';
    expect((await pageOf(cloud, { last: 2 }, { matches: isNamed, isNamed })).ids).toEqual(['r9999']);
    expect(cloud.calls).toHaveLength(20);
  });

  test('is read to its end where it has no more', async () => {
    const cloud = createUpstream(rowsOf(10_000));
    expect((await pageOf(cloud, { last: 2 }, { matches: endsInSeven })).ids).toEqual(['r9987', 'r9997']);
    expect(cloud.calls).toHaveLength(10);
  });

  test('says as before how many rows it returns, where that is fewer than it counts', async () => {
    const cloud = createUpstream(rowsOf(300), { total: () => 10_001 });
    await expect(pageOf(cloud, { last: 5 }, { matches: endsInSeven })).rejects.toThrow('the first 300 rows');
  });
});
