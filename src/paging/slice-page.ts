import type { Anchor } from './cursor.ts';
import { truncatedError } from './extent.ts';
import type { Rows } from './window-loader.ts';
import type { PageRequest } from './page-request.ts';
import type { PageSource } from './page-source.ts';
import { type Slice, sliceFullScan } from './full-scan.ts';
import { type ListLimits, type Page, reachableRows } from './window.ts';

/**
 * One row more than is asked for: whether it comes is what tells whether rows follow, since an upstream may count rows that it does
 * not hand out. An upstream that says how far it reaches is believed where that row would cost a call of its own.
 */
const aheadOf = ({ pageSize, lastOffset }: ListLimits, rows: number): number =>
  lastOffset !== undefined && rows > 0 && rows % pageSize === 0 ? 0 : 1;

/** Whether rows follow a page that was read with `next`, the row after it, where that was asked for. */
const follows = async <Item>(
  source: PageSource<Item>,
  { extent, total }: Rows<Item, Page<Item>>,
  next: Item | undefined,
  end: number,
): Promise<boolean> => {
  if (next !== undefined || extent.kind !== 'OPEN') return next !== undefined;
  return total !== null || (await source.load({ offset: end, limit: 1 })).items.length > 0;
};

/** `first` rows of the list. */
const sliceStart = async <Item>(source: PageSource<Item>, { size }: PageRequest): Promise<Slice<Item>> => {
  const answer = await source.load({ offset: 0, limit: size + aheadOf(source.limits, size) });
  const { items, total, extent } = answer;
  const [rows, next] = [items.slice(0, size), items[size]];
  const hasNextPage = await follows(source, answer, next, rows.length);
  return { rows, start: 0, total, reach: extent.reach, hasNextPage, next };
};

/** `first` rows after the anchor. The anchor's own row is read too: it tells whether the list moved. */
const sliceForwards = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  after: Anchor,
  maxRows: number,
): Promise<Slice<Item>> => {
  const { size } = request;
  const limit = 1 + size;
  const answer = await source.load({
    offset: after.position,
    limit: limit + aheadOf(source.limits, limit),
  });
  const { items, total, extent } = answer;
  const [anchor] = items;
  if (anchor === undefined || source.keyOf(anchor) !== after.key)
    return sliceFullScan(source, request, maxRows);
  const start = after.position + 1;
  const [rows, next] = [items.slice(1, limit), items[limit]];
  const hasNextPage = await follows(source, answer, next, start + rows.length);
  return { rows, start, total, reach: extent.reach, hasNextPage, previous: anchor, next };
};

/** `last` rows before the anchor, whose own row is read too. */
const sliceBackwards = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  before: Anchor,
  maxRows: number,
): Promise<Slice<Item>> => {
  const start = Math.max(0, before.position - request.size);
  const size = before.position - start;
  const { items, total, extent } = await source.load({ offset: start, limit: size + 1 });
  const anchor = items[size];
  if (anchor === undefined || source.keyOf(anchor) !== before.key)
    return sliceFullScan(source, request, maxRows);
  return {
    rows: items.slice(0, size),
    start,
    total,
    reach: extent.reach,
    hasNextPage: true,
    next: anchor,
  };
};

/** `last` rows of the list. The largest first page tells the total, and most often holds the end as well. */
const sliceEnd = async <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  maxRows: number,
): Promise<Slice<Item>> => {
  const { limits, keyOf } = source;
  const { items: head, total, extent } = await source.load({ offset: 0, limit: limits.pageSize });
  if (extent.reach !== null && request.size > 0) throw truncatedError(extent.reach);
  if (extent.kind !== 'OPEN' || total === null || total > reachableRows(limits))
    return sliceFullScan(source, request, maxRows);
  const start = Math.max(0, total - request.size);
  const offset = Math.max(start, head.length);
  const tail = await source.load({ offset, limit: total - offset });
  const rows = [...head.slice(start), ...tail.items];
  const known = new Set(head.map(keyOf));
  const unmoved =
    tail.total === total && rows.length === total - start && !tail.items.some((row) => known.has(keyOf(row)));
  return unmoved
    ? { rows, start, total, reach: tail.extent.reach, hasNextPage: false }
    : sliceFullScan(source, request, maxRows);
};

/** The rows that are asked for, with the fewest reads that are sure to be right. */
export const slicePage = <Item>(
  source: PageSource<Item>,
  request: PageRequest,
  maxRows: number,
): Promise<Slice<Item>> => {
  const { backwards, after, before } = request;
  const otherEnd = backwards ? after : before;
  if (source.matches ?? source.order ?? otherEnd) return sliceFullScan(source, request, maxRows);
  if (after) return sliceForwards(source, request, after, maxRows);
  if (before) return sliceBackwards(source, request, before, maxRows);
  return backwards ? sliceEnd(source, request, maxRows) : sliceStart(source, request);
};
