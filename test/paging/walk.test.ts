import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConnectionPage, readRelayConnection } from '../../src/paging/relay-connection.ts';
import type { PageArguments } from '../../src/paging/page-request.ts';
import type { PageSource } from '../../src/paging/page-source.ts';
import type { ListLimits } from '../../src/paging/window.ts';
import { codeOf, idsOf, type Quirks, type Row, rowsOf, createUpstream } from './list-upstream.ts';

const SIZES = { default: 20, max: 1000, maxRows: 10_000 };
const TOTALS = [0, 1, 2, 9, 10, 11, 40, 999, 1000, 1001, 2500];

/** What happens to a list between two pages. `where` is a share of its length. */
type Change = { kind: 'insert' | 'remove' | 'remove anchor' | 'remove around anchor'; where: number };

interface Walk {
  rows: Row[];
  size: number;
  backwards: boolean;
  changes: Change[][];
}

const changeLists: fc.Arbitrary<Change[][]> = fc.array(
  fc.array(
    fc.record({
      kind: fc.constantFrom<Change['kind'][]>('insert', 'remove', 'remove anchor', 'remove around anchor'),
      where: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 3 },
  ),
  { maxLength: 12 },
);

/** Times that rise, fall, tie, lie in any order, or are missing. */
const times: fc.Arbitrary<(index: number) => string | null> = fc
  .tuple(fc.constantFrom('falling', 'rising', 'scattered', 'tied', 'missing'), fc.nat(1000))
  .map(([kind, salt]) => (index: number) => {
    if (kind === 'missing') return null;
    const scattered = ((index + salt) * 7919) % 10_007;
    const minute = { falling: -index, rising: index, scattered, tied: scattered % 3 }[kind] ?? 0;
    return new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();
  });

const walks: fc.Arbitrary<Walk> = fc
  .record({ total: fc.constantFrom(...TOTALS), timeOf: times, pages: fc.integer({ min: 1, max: 40 }) })
  .chain(({ total, timeOf, pages }) =>
    fc.record({
      rows: fc.constant(null).map(() => rowsOf(total).map((row, i) => ({ ...row, createdAt: timeOf(i) }))),
      size: fc
        .integer({ min: 1, max: 4 })
        .map((least) => Math.min(1000, Math.max(least, Math.ceil(total / pages)))),
      backwards: fc.boolean(),
      changes: changeLists,
    }),
  );

let inserted = 0;

const apply = ({ kind, where }: Change, rows: Row[], anchor: string | null) => {
  const at = Math.floor(where * rows.length);
  const anchorAt = rows.findIndex(({ id }) => id === anchor);
  if (kind === 'insert') {
    // Where times are in order, so is the new row: it takes the time of a neighbour.
    const createdAt = rows[at]?.createdAt ?? rows.at(-1)?.createdAt ?? null;
    rows.splice(at, 0, { id: `new${(inserted += 1)}`, createdAt });
  } else if (kind === 'remove') rows.splice(at, 1);
  else if (anchorAt >= 0) {
    if (kind === 'remove anchor') rows.splice(anchorAt, 1);
    else rows.splice(Math.max(0, anchorAt - 1), 3);
  }
};

/** Walks to the end, each page a request of its own; what was seen, and the error that ended it before. */
const walk = async (
  { rows: given, size, backwards, changes }: Walk,
  quirks: Quirks,
  more: Partial<PageSource<Row>>,
) => {
  const rows = given.map((row) => ({ ...row }));
  const cloud = createUpstream(rows, quirks);
  const stayed = new Set(rows);
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let round = 0; ; round += 1) {
    expect(round).toBeLessThan(2600);
    const args: PageArguments = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
    const asked: Promise<ConnectionPage<Row>> = readRelayConnection(cloud.source(more), args, SIZES, {
      rows: true,
    });
    const code = await codeOf(asked);
    if (code !== 'no error') return { seen, stayed, code };
    const { edges, pageInfo } = await asked;
    const page = edges.map(({ node }) => node.id);
    seen.push(...(backwards ? page.toReversed() : page));
    if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
    if (page.length === 0) break;
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
    for (const change of changes[round] ?? []) apply(change, rows, seen.at(-1)!);
    for (const row of stayed) if (!rows.includes(row)) stayed.delete(row);
  }
  return { seen, stayed, code: null };
};

type Walked = Awaited<ReturnType<typeof walk>>;

/** What must not be: rows seen twice, rows that stayed and were not seen, and errors that tell nothing. */
const faultsOf = ({ seen, stayed, code }: Walked, matches: (row: Row) => boolean = () => true) => {
  const known = new Set(seen);
  const hidden = code === null ? [...stayed].filter((row) => matches(row) && !known.has(row.id)) : [];
  return { twice: seen.length - known.size, hidden: idsOf(hidden), error: code === 'CONFLICT' ? null : code };
};

const NO_FAULTS = { twice: 0, hidden: [], error: null };

const still = (one: Walk): Walk => ({ ...one, changes: [] });
const odd = ({ id }: Row) => /[13579]$/.test(id);

describe('walking a list that does not change shows every row once, in order', () => {
  const small: ListLimits = { pageSize: 7 };
  test.each<{ what: string; quirks: Quirks; most?: number }>([
    { what: 'keeps its contract', quirks: {} },
    { what: 'has small pages', quirks: { limits: small }, most: 100 },
    { what: 'has no total', quirks: { total: () => null } },
    { what: 'has small pages and no total', quirks: { limits: small, total: () => null }, most: 40 },
    { what: 'knows no pages', quirks: { ignoresPosition: true, ignoresLimit: true } },
    { what: 'knows no position', quirks: { ignoresPosition: true }, most: 1000 },
    { what: 'caps its pages', quirks: { cap: 50 } },
    { what: 'tells a total of nothing', quirks: { total: () => 0 } },
  ])('from an upstream that $what', async ({ quirks, most = Infinity }) => {
    await fc.assert(
      fc.asyncProperty(walks, async (one) => {
        fc.pre(one.rows.length <= most);
        const all = idsOf(one.rows);
        const { seen, code } = await walk(still(one), quirks, {});
        expect(code).toBeNull();
        expect(seen).toEqual(one.backwards ? all.toReversed() : all);
      }),
      { numRuns: 40 },
    );
  });
});

test('walking a list that counts more rows than there are shows every row once, but not from an end that nobody knows', async () => {
  const quirks: Quirks = { total: (real) => real + 5 };
  await fc.assert(
    fc.asyncProperty(walks, async (one) => {
      fc.pre(one.rows.length <= 1000);
      const { seen, code } = await walk(still(one), quirks, {});
      expect(code).toBe(one.backwards ? 'RESULT_TRUNCATED' : null);
      expect(seen).toEqual(one.backwards ? [] : idsOf(one.rows));
    }),
    { numRuns: 40 },
  );
});

describe('walking a list that changes between the pages shows no row twice, and hides none that stayed', () => {
  test.each<{ what: string; quirks: Quirks }>([
    { what: 'keeps its contract', quirks: {} },
    { what: 'has no total', quirks: { total: () => null } },
    { what: 'knows no pages', quirks: { ignoresPosition: true, ignoresLimit: true } },
  ])('from an upstream that $what', async ({ quirks }) => {
    await fc.assert(
      fc.asyncProperty(walks, async (one) => {
        expect(faultsOf(await walk(one, quirks, {}))).toEqual(NO_FAULTS);
      }),
      { numRuns: 120 },
    );
  });

  test('with a filter of the gateway', async () => {
    await fc.assert(
      fc.asyncProperty(walks, async (one) => {
        expect(faultsOf(await walk(one, {}, { matches: odd }), odd)).toEqual(NO_FAULTS);
      }),
      { numRuns: 120 },
    );
  });

  test('with an order of the gateway, which always tells the place', async () => {
    await fc.assert(
      fc.asyncProperty(walks, fc.constantFrom('ASC' as const, 'DESC' as const), async (one, direction) => {
        const order = { valueOf: (row: Row) => row.createdAt, direction };
        const walked = await walk(one, {}, { order });
        expect(walked.code).toBeNull();
        expect(faultsOf(walked)).toEqual(NO_FAULTS);
      }),
      { numRuns: 120 },
    );
  });
});
