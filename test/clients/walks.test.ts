import { describe, expect, test } from 'vitest';
import type { ListOddity } from '../../src/sandbox/model.ts';
import { LISTS, matchingOf, type RowNumber, rowsTo } from '../paging/conformance/lists.ts';
import { idsOf, type Room, roomFor } from '../paging/conformance/walk.ts';
import { apollo } from './apollo.ts';
import { pagesOf, type Route, visit } from './client.ts';
import { relay } from './relay.ts';
import { urql } from './urql.ts';

/* oxlint-disable no-await-in-loop -- one case after the other, in one world */

const CLIENTS = [
  { client: 'Apollo Client', connect: apollo },
  { client: 'urql', connect: urql },
  { client: 'Relay', connect: relay },
];
const ALL = Object.entries(LISTS).map(([name, list]) => ({ name, list }));
const WITH_ODDITIES = ALL.filter(({ list }) => list.name !== null);
const FILTERED = ALL.filter(({ list }) => list.filter);
const CEILINGED = ALL.filter(({ list }) => Number.isFinite(list.reach));

const SIZE = 5;

describe.each(CLIENTS)('$client', ({ client, connect }) => {
  /** Has a client of its own walk the list, and looks at what it then has. */
  const walkWhole = async (room: Room, rows: readonly RowNumber[], route: Route) => {
    const visitor = visit(connect, room, route);
    await visitor.load();
    await visitor.walk(10);
    expect(visitor.ids()).toEqual(idsOf(rows));
    expect(visitor.sent()).toBe(pagesOf(rows, route.size));
  };

  test.each(ALL)('has every row of $name once, and ends', async ({ name, list }) => {
    const room = await roomFor(list);
    for (const count of [0, 1, 5, 10, 12]) {
      room.serve(rowsTo(count));
      await walkWhole(room, rowsTo(count), { name, size: SIZE });
    }
  });

  test.each(FILTERED)('has every row of a filtered $name', async ({ name, list }) => {
    const room = await roomFor(list);
    room.serve(rowsTo(20));
    await walkWhole(room, matchingOf(rowsTo(20)), { name, size: 3, args: list.filter!.args });
  });

  test.each(WITH_ODDITIES)('has what can be read of $name, and ends there', async ({ name, list }) => {
    const room = await roomFor(list);
    const cases: { oddity: ListOddity; count: number; read: number }[] = [
      ...[0, 4, 5, 10, 12].map((served) => ({ oddity: { served }, count: 31, read: served })),
      { oddity: { miscounted: 4 }, count: 10, read: 10 },
      { oddity: { miscounted: -4 }, count: 10, read: 10 },
      { oddity: { uncounted: true }, count: 10, read: 10 },
      { oddity: { stuck: true, pageAtMost: 6 }, count: 15, read: 6 },
    ];
    for (const { oddity, count, read } of cases.filter(
      // Data sources are asked for with `all`, which knows no pages.
      (one) => list.name !== 'dataConnections' || one.oddity.pageAtMost === undefined,
    )) {
      room.serve(rowsTo(count), { lists: { [list.name!]: oddity } });
      await walkWhole(room, rowsTo(read), { name, size: SIZE });
    }
  });

  test.each(CEILINGED)('has $name up to the ceiling, and ends there', async ({ name, list }) => {
    const room = await roomFor(list);
    room.serve(rowsTo(list.reach + 1));
    await walkWhole(room, rowsTo(list.reach), { name, size: 1000 });
  });

  test.each(ALL)('keeps what it has of $name where rows come and go', async ({ name, list }) => {
    const room = await roomFor(list);
    const changes: ((rows: RowNumber[]) => RowNumber[])[] = [
      (rows) => rows.slice(0, 7),
      (rows) => rows.slice(2),
      (rows) => rows.filter((row) => row !== 4),
      (rows) => [...rowsTo(3, -3), ...rows],
    ];
    for (const pastTheTotal of ['refused', 'empty'] as const) {
      for (const change of changes) {
        const before = rowsTo(12);
        room.serve(before, { pastTheTotal });
        const visitor = visit(connect, room, { name, size: SIZE });
        await visitor.load();
        const after = change(before);
        list.fill(room.world, after);
        await visitor.walk(10);
        const seen = [...before.slice(0, SIZE), ...after.filter((row) => row >= SIZE)];
        expect(visitor.ids()).toEqual(idsOf(seen));
      }
    }
  });

  test.each(ALL)('ends where $name has shrunk to the rows that it has', async ({ name, list }) => {
    const room = await roomFor(list);
    for (const pastTheTotal of ['refused', 'empty'] as const) {
      room.serve(rowsTo(12), { pastTheTotal });
      const visitor = visit(connect, room, { name, size: SIZE });
      await visitor.load();
      list.fill(room.world, rowsTo(SIZE));
      await visitor.more();
      // urql takes no notice of an empty page: it goes on to say that there is more, and has the answer in its cache.
      await visitor.more();
      expect(visitor.sent()).toBeLessThanOrEqual(3);
      expect(visitor.ids()).toEqual(idsOf(rowsTo(SIZE)));
      expect(visitor.shown()!.hasNextPage).toBe(client === 'urql');
    }
  });

  test.each(ALL)('goes on with $name after a page was refused', async ({ name, list }) => {
    const room = await roomFor(list);
    room.serve(rowsTo(12));
    const visitor = visit(connect, room, { name, size: SIZE });
    await visitor.load();
    room.cloud.sandbox.fault({ path: /^/, respond: { status: 403, body: {} } });
    await visitor.more().catch(() => 'refused');
    // Relay puts the null of the page in the place of the list, and has to begin anew.
    expect(visitor.shown()?.ids ?? null).toEqual(client === 'Relay' ? null : idsOf(rowsTo(SIZE)));
    room.cloud.sandbox.clearFaults();
    if (client === 'Relay') await visitor.load();
    await visitor.walk(10);
    expect(visitor.ids()).toEqual(idsOf(rowsTo(12)));
  });
});
