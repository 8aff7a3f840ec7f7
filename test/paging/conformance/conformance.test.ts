import { isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { servedSchema } from '../../../src/graphql/schema.ts';
import type { ListOddity } from '../../../src/sandbox/model.ts';
import { LISTS, type ListUnderTest, matchingOf, type RowNumber, rowsTo } from './lists.ts';
import { expectWalk, idsOf, type Room, roomFor, walk } from './walk.ts';

/* oxlint-disable no-await-in-loop -- one case after the other, in one world */

/** Every field of the schema that is a list with pages. */
const connectionFields = (): string[] =>
  Object.values(servedSchema().getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => field.args.some(({ name }) => name === 'after'))
        .map((field) => `${type.name}.${field.name}`),
    );

/** Rows that have no id of their own: test/links/access-for.test.ts. */
const ELSEWHERE = ['Access.connections', 'Query.accessFor'];

test('every list of the schema is in the table', () => {
  expect([...Object.keys(LISTS), ...ELSEWHERE].toSorted()).toEqual(connectionFields().toSorted());
});

const ALL = Object.entries(LISTS).map(([field, list]) => ({ field, list }));
const WITH_ODDITIES = ALL.filter(({ list }) => list.name !== null);
const PAGED = ALL.filter(({ list }) => Number.isFinite(list.pageSize));
const CEILINGED = ALL.filter(({ list }) => Number.isFinite(list.reach));

const SMALL = [0, 1, 2, 6, 7, 8, 14, 20, 21];

const odd = ({ name }: ListUnderTest, oddity: ListOddity) => ({ lists: { [name!]: oddity } });

/** Both answers to a position past the end, which the sources leave open. */
const PAST = ['refused', 'empty'] as const;

const whole = (rows: readonly RowNumber[]) => ({ totalCount: rows.length, truncatedAt: null });

/** A list that is whole: from both ends. */
const walkWhole = async (room: Room, rows: readonly RowNumber[], size: number, told = whole(rows)) => {
  expectWalk(await walk(room, { size }), rows, told);
  expectWalk(await walk(room, { size, backwards: true }), rows.toReversed(), told);
};

/** A list that is cut: to its last row, past it, back from it; and not from an end that nobody knows. */
const walkCut = async (
  room: Room,
  rows: readonly RowNumber[],
  size: number,
  told: { totalCount?: number | null; truncatedAt: number | null },
) => {
  const walked = await walk(room, { size });
  expectWalk(walked, rows, told);
  expect(await walk(room, { size, backwards: true })).toEqual({
    ids: [],
    pages: [],
    code: 'RESULT_TRUNCATED',
  });
  const { endCursor } = walked.pages.at(-1)!;
  if (endCursor === null) return;
  const beyond = await room.page(`first: ${size}, after: "${endCursor}"`);
  expect(beyond.page).toMatchObject({ ids: [], hasNextPage: false, endCursor: null });
  const back = await room.page(`last: ${size}, before: "${endCursor}"`);
  expect(back.page!.ids).toEqual(idsOf(rows.slice(0, -1).slice(-size)));
};

describe.each(ALL)('$field', ({ list }) => {
  test('is walked from both ends, however many rows it has and a page', async () => {
    const room = await roomFor(list);
    for (const pastTheTotal of PAST) {
      for (const count of SMALL) {
        const rows = rowsTo(count);
        room.serve(rows, { pastTheTotal });
        for (const size of [1, 7, 20].filter((one) => count <= 8 || one > 1))
          await walkWhole(room, rows, size);
      }
    }
  });

  test('loses and repeats nothing that stays, where rows come and go between two pages', async () => {
    const room = await roomFor(list);
    const changes: ((rows: RowNumber[]) => RowNumber[])[] = [
      (rows) => rows.slice(0, 12),
      (rows) => rows.slice(0, 11),
      (rows) => rows.slice(0, 10),
      (rows) => rows.slice(0, 9),
      (rows) => rows.slice(0, 4),
      () => [],
      (rows) => rows.slice(3),
      (rows) => rows.filter((row) => row !== 9),
      (rows) => rows.filter((row) => row !== 8 && row !== 9),
      (rows) => [...rowsTo(3, -3), ...rows],
      (rows) => [...rows, ...rowsTo(3, 20)],
      (rows) => [...rowsTo(9, -9), ...rows.slice(0, 11)],
    ];
    for (const pastTheTotal of PAST) {
      for (const change of changes) {
        const before = rowsTo(20);
        const after = change(before);
        room.serve(before, { pastTheTotal });
        const between = (pages: number) => {
          if (pages === 2) room.list.fill(room.world, after);
        };
        const { ids, code } = await walk(room, { size: 5, between });
        expect(ids).toHaveLength(new Set(ids).size);
        // The row of the cursor and the one before it are gone, and nothing tells where they stood.
        if (code !== null) {
          expect([code, after.includes(9) || after.includes(8)]).toEqual(['CONFLICT', false]);
          continue;
        }
        const stayed = idsOf(before.filter((row) => after.includes(row)));
        expect(stayed.filter((id) => !ids.includes(id))).toEqual([]);
      }
    }
  });
});

describe.each(WITH_ODDITIES)('$field from an upstream', ({ list }) => {
  const sizes = [1, 4, 15, 16, 20];

  test('that hands out fewer rows than it counts is cut there', async () => {
    const room = await roomFor(list);
    for (const pastTheTotal of PAST) {
      for (const served of [0, 1, 15, 30]) {
        room.serve(rowsTo(31), { ...odd(list, { served }), pastTheTotal });
        for (const size of sizes.filter((one) => one > 1 || served <= 15))
          await walkCut(room, rowsTo(served), size, { totalCount: 31, truncatedAt: served });
      }
    }
  });

  test('that counts more rows than there are is cut there', async () => {
    const room = await roomFor(list);
    for (const count of [0, 1, 4, 15]) {
      room.serve(rowsTo(count), odd(list, { miscounted: 4 }));
      for (const size of sizes)
        await walkCut(room, rowsTo(count), size, { totalCount: count + 4, truncatedAt: count });
    }
  });

  test('that counts fewer rows than there are hides none', async () => {
    const room = await roomFor(list);
    for (const count of [1, 4, 15]) {
      room.serve(rowsTo(count), odd(list, { miscounted: -4 }));
      for (const size of sizes) {
        expectWalk(await walk(room, { size }), rowsTo(count), { truncatedAt: null });
        const { ids, code } = await walk(room, { size, backwards: true });
        expect([ids, code]).toEqual([idsOf(rowsTo(count).toReversed()), null]);
      }
    }
  });

  test('that tells no total is walked to its end', async () => {
    const room = await roomFor(list);
    for (const count of [0, 1, 4, 15, 16]) {
      room.serve(rowsTo(count), odd(list, { uncounted: true }));
      for (const size of sizes) {
        const told = { truncatedAt: null };
        expectWalk(await walk(room, { size }), rowsTo(count), told);
        expectWalk(await walk(room, { size, backwards: true }), rowsTo(count).toReversed(), told);
      }
    }
  });

  test('that takes no notice of the position is walked to the end of its one page', async () => {
    const room = await roomFor(list);
    for (const size of [4, 6, 20]) {
      room.serve(rowsTo(15), odd(list, { stuck: true }));
      await walkWhole(room, rowsTo(15), size);
      room.serve(rowsTo(15), odd(list, { stuck: true, pageAtMost: 6 }));
      await walkCut(room, rowsTo(6), size, { totalCount: 15, truncatedAt: 6 });
    }
  });
});

describe.each(PAGED)('$field at the largest page of its upstream', ({ list }) => {
  const { pageSize } = list;

  test.each([pageSize - 1, pageSize, pageSize + 1])('has all of %i rows', async (count) => {
    const room = await roomFor(list);
    const rows = rowsTo(count);
    room.serve(rows);
    for (const size of [pageSize - 1, pageSize]) await walkWhole(room, rows, size);
  });

  test('is cut where the upstream hands out a page and no more', async () => {
    const room = await roomFor(list);
    const isBelieved = Number.isFinite(list.reach);
    for (const pastTheTotal of PAST) {
      room.serve(rowsTo(pageSize + 200), { ...odd(list, { served: pageSize }), pastTheTotal });
      const told = { totalCount: pageSize + 200, truncatedAt: pageSize };
      for (const size of [pageSize / 2, pageSize - 1]) await walkCut(room, rowsTo(pageSize), size, told);
      // An upstream that says how far it reaches is believed so far: the page after its largest one is empty.
      if (!isBelieved) await walkCut(room, rowsTo(pageSize), pageSize, told);
      else expect((await walk(room, { size: pageSize })).pages.at(-1)).toMatchObject({ ids: [], ...told });

      room.serve(rowsTo(pageSize + 200), { ...odd(list, { served: pageSize + 50 }), pastTheTotal });
      for (const size of [pageSize - 1, Math.min(1000, pageSize + 100)])
        await walkCut(room, rowsTo(pageSize + 50), size, { ...told, truncatedAt: pageSize + 50 });
    }
  });

  test.each([
    { change: 'shrinks below a page', left: pageSize - 100 },
    { change: 'shrinks to a page', left: pageSize },
    { change: 'loses a row', left: pageSize + 199 },
    { change: 'gains a row', left: pageSize + 201 },
  ])('is read again where it $change inside one read', async ({ left }) => {
    const room = await roomFor(list);
    for (const pastTheTotal of PAST) {
      room.serve(rowsTo(pageSize + 200), { pastTheTotal });
      room.cloud.sandbox.fault({
        path: /^/,
        times: 1,
        mutate: (body: unknown) => {
          list.fill(room.world, rowsTo(left));
          return body;
        },
      });
      const { page } = await room.page('last: 5');
      expect(page).toMatchObject({ ids: idsOf(rowsTo(left).slice(-5)), totalCount: left, truncatedAt: null });
    }
  });
});

describe.each(CEILINGED)('$field at the ceiling of its upstream', ({ list }) => {
  const { reach } = list;

  test.each([reach - 1, reach, reach + 1, reach + 500])(
    'tells of %i rows what can be read',
    async (count) => {
      const room = await roomFor(list);
      room.serve(rowsTo(count));
      const told = { totalCount: count, truncatedAt: reach };
      for (const size of [499, 999, 1000])
        await (count <= reach
          ? walkWhole(room, rowsTo(count), size)
          : walkCut(room, rowsTo(reach), size, told));
      const { pages } = await walk(room, { size: 999 });
      for (const page of pages) expect(page.truncatedAt).toBe(count > reach ? reach : null);
    },
  );
});

describe.each(ALL.filter(({ list }) => list.filter))('$field with a filter', ({ list }) => {
  test('is filtered, page by page', async () => {
    const room = await roomFor(list);
    const { args, by } = list.filter!;
    const rows = rowsTo(20);
    const matching = matchingOf(rows);
    room.serve(rows);
    for (const size of [1, 3, 7, 20]) {
      expectWalk(await walk(room, { size, args }), matching, whole(matching));
      expectWalk(await walk(room, { size, args, backwards: true }), matching.toReversed(), whole(matching));
    }
    if (list.name === null) return;
    room.serve(rows, odd(list, by === 'gateway' ? { served: 15 } : { served: 5 }));
    const reach = by === 'gateway' ? 15 : 5;
    const read = by === 'gateway' ? matchingOf(rows.slice(0, 15)) : matching.slice(0, 5);
    const totalCount = by === 'gateway' ? null : matching.length;
    for (const size of [1, 2, 5, 20])
      expectWalk(await walk(room, { size, args }), read, { totalCount, truncatedAt: reach });
    expect(await room.page(`last: 2 ${args}`)).toEqual({ page: null, code: 'RESULT_TRUNCATED' });
  });
});

describe.each(ALL.filter(({ list }) => list.orders))('$field with an order', ({ list }) => {
  test('is put in order, page by page', async () => {
    const room = await roomFor(list);
    const rows = rowsTo(20);
    for (const { args, reversed } of list.orders!) {
      const ordered = reversed ? rows.toReversed() : rows;
      room.serve(rows);
      for (const size of [3, 20]) {
        expectWalk(await walk(room, { size, args }), ordered, whole(rows));
        expectWalk(await walk(room, { size, args, backwards: true }), ordered.toReversed(), whole(rows));
      }
      room.serve(rows, odd(list, { served: 15 }));
      const { ids, pages, code } = await walk(room, { size: 4, args });
      expect([ids.length, new Set(ids).size, code]).toEqual([15, 15, null]);
      expect(pages.at(-1)).toMatchObject({ truncatedAt: 15 });
    }
  });
});

describe.each(ALL.filter(({ list }) => list.named))('$field of which a row is named', ({ list }) => {
  test('has the row that is named, where it can be read', async () => {
    const room = await roomFor(list);
    room.serve(rowsTo(20));
    const found = { ids: idsOf([3]), totalCount: 1, truncatedAt: null, hasNextPage: false };
    expect((await room.page(`first: 5, ${list.named!(3)}`)).page).toMatchObject(found);
    room.serve(rowsTo(20), odd(list, { served: 15 }));
    expect((await room.page(`first: 5, ${list.named!(3)}`)).page).toMatchObject(found);
  });
});

// Data sources are asked for with `all`, which knows no pages.
const WITH_PAGES = WITH_ODDITIES.filter(({ list }) => list.name !== 'dataConnections');

describe.each(WITH_PAGES)('$field from an upstream', ({ list }) => {
  test('with small pages is read in these', async () => {
    const room = await roomFor(list);
    room.serve(rowsTo(20), odd(list, { pageAtMost: 6 }));
    for (const size of [4, 6, 7, 20]) await walkWhole(room, rowsTo(20), size);
  });
});
