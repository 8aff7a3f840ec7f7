import type { Anchor } from './cursor.ts';
import type { PageRequest } from './request.ts';
import { type PageSource, truncated } from './source.ts';
import { type Cut, cutWhole } from './whole-list.ts';
import { reachOf } from './window.ts';

/** Whether there are rows from `offset` on. Beyond an upstream's reach nobody knows; the next page then says so. */
const hasRowAt = async <Item>(source: PageSource<Item>, offset: number): Promise<boolean> =>
  offset >= reachOf(source.limits) || (await source.load({ offset, limit: 1 })).items.length > 0;

/** `first` rows of the list. */
const cutStart = async <Item>(source: PageSource<Item>, { size }: PageRequest): Promise<Cut<Item>> => {
  const { items, total, ended } = await source.load({ offset: 0, limit: size });
  const hasNextPage = !ended && (total !== null || (await hasRowAt(source, items.length)));
  return { rows: items, start: 0, total, hasNextPage };
};

/** `first` rows after the anchor. The anchor's own row is read too: it tells whether the list moved. */
const cutForwards = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  after: Anchor,
  maxRows: number,
): Promise<Cut<Item>> => {
  const { items, total, ended } = await source.load({ offset: after.position, limit: request.size + 1 });
  const [anchor, ...rows] = items;
  if (anchor === undefined || source.keyOf(anchor) !== after.key) return cutWhole(source, request, maxRows);
  const start = after.position + 1;
  const reach = reachOf(source.limits);
  if (request.size > 0 && !ended && start >= reach) throw truncated(reach);
  const hasNextPage = !ended && (total !== null || (await hasRowAt(source, start + rows.length)));
  return { rows, start, total, hasNextPage, previous: anchor };
};

/** `last` rows before the anchor, whose own row is read too. */
const cutBackwards = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  before: Anchor,
  maxRows: number,
): Promise<Cut<Item>> => {
  const start = Math.max(0, before.position - request.size);
  const size = before.position - start;
  const { items, total } = await source.load({ offset: start, limit: size + 1 });
  const anchor = items[size];
  if (anchor === undefined || source.keyOf(anchor) !== before.key) return cutWhole(source, request, maxRows);
  return { rows: items.slice(0, size), start, total, hasNextPage: true, next: anchor };
};

/** `last` rows of the list. The largest first page tells the total, and most often holds the end as well. */
const cutEnd = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  maxRows: number,
): Promise<Cut<Item>> => {
  const { limits, keyOf } = source;
  const { items: head, total, ended } = await source.load({ offset: 0, limit: limits.pageSize });
  if (ended || total === null) return cutWhole(source, request, maxRows);
  if (total > reachOf(limits)) throw truncated(reachOf(limits));
  const start = Math.max(0, total - request.size);
  const offset = Math.max(start, head.length);
  const tail = await source.load({ offset, limit: total - offset });
  const rows = [...head.slice(start), ...tail.items];
  const known = new Set(head.map(keyOf));
  const unmoved =
    tail.total === total && rows.length === total - start && !tail.items.some((row) => known.has(keyOf(row)));
  return unmoved ? { rows, start, total, hasNextPage: false } : cutWhole(source, request, maxRows);
};

/** The rows that are asked for, with the fewest reads that are sure to be right. */
export const cutPage = <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  maxRows: number,
): Promise<Cut<Item>> => {
  const { backwards, after, before } = request;
  const otherEnd = backwards ? after : before;
  if (source.matches ?? source.order ?? otherEnd) return cutWhole(source, request, maxRows);
  if (after) return cutForwards(source, request, after, maxRows);
  if (before) return cutBackwards(source, request, before, maxRows);
  return backwards ? cutEnd(source, request, maxRows) : cutStart(source, request);
};
