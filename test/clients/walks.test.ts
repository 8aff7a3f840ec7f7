import { describe, expect, test } from 'vitest';
import { LISTS, rowsTo } from '../paging/conformance/lists.ts';
import { idsOf, roomFor } from '../paging/conformance/walk.ts';
import { apollo } from './apollo.ts';
import { pagesOf, visit } from './client.ts';
import { relay } from './relay.ts';
import { urql } from './urql.ts';

const CLIENTS = [
  { client: 'Apollo Client', connect: apollo },
  { client: 'urql', connect: urql },
  { client: 'Relay', connect: relay },
];
const ALL = Object.entries(LISTS).map(([name, list]) => ({ name, list }));

describe.each(CLIENTS)('$client', ({ connect }) => {
  test.each(ALL)('has every row of $name once, and ends', async ({ name, list }) => {
    const room = await roomFor(list);
    for (const count of [0, 1, 5, 10, 12]) {
      const rows = rowsTo(count);
      room.serve(rows);
      const visitor = visit(connect, room, { name, size: 5 });
      await visitor.load();
      await visitor.walk(10);
      expect(visitor.ids()).toEqual(idsOf(rows));
      expect(visitor.sent()).toBe(pagesOf(rows, 5));
    }
  });
});
