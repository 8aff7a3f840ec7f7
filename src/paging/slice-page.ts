import type { Anchor } from './cursor.ts';
import { truncatedError } from './extent.ts';
import type { Rows } from './window-loader.ts';
import type { PageRequest } from './page-request.ts';
import type { PageSource } from './page-source.ts';
import { type Slice, sliceFullScan } from './full-scan.ts';
import { type ListLimits, type Page, reachableRows } from './window.ts';

/**
 * How many rows to read beyond the page, to learn whether rows follow it: one, since an upstream may count rows that it does not
 * return. None if that row would need another call, and the upstream states its last offset.
 */
const countExtraRows = ({ pageSize, lastOffset }: ListLimits, rows: number): number =>
  lastOffset !== undefined && rows > 0 && rows % pageSize === 0 ? 0 : 1;

/** Whether rows follow a page; `next` is the row after it, if it was read. */
const hasFollowingRows = <Item>(
  source: PageSource<Item>,
  { extent, total }: Rows<Item, Page<Item>>,
  next: Item | undefined,
  end: number,
): boolean | Promise<boolean> => {
  if (next !== undefined || extent.kind !== 'OPEN') return next !== undefined;
  return total !== null || source.load({ offset: end, limit: 1 }).then(({ items }) => items.length > 0);
};

/** Slices the first `size` rows of the list. */
const sliceStart = <Item>(source: PageSource<Item>, { size }: PageRequest): Promise<Slice<Item>> =>
  source.load({ offset: 0, limit: size + countExtraRows(source.limits, size) }).then((answer) => {
    const { items, total, extent } = answer;
    const [rows, next] = [items.slice(0, size), items[size]];
    const slice = (hasNextPage: boolean) => ({
      rows,
      start: 0,
      total,
      reach: extent.reach,
      hasNextPage,
      next,
    });
    const hasNextPage = hasFollowingRows(source, answer, next, rows.length);
    return typeof hasNextPage === 'boolean' ? slice(hasNextPage) : hasNextPage.then(slice);
  });

/** Slices the `size` rows after the anchor. The anchor's row is read too, to detect that rows before it came or went. */
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
    limit: limit + countExtraRows(source.limits, limit),
  });
  const { items, total, extent } = answer;
  const [anchor] = items;
  if (anchor === undefined || source.keyOf(anchor) !== after.key)
    return sliceFullScan(source, request, maxRows);
  const start = after.position + 1;
  const [rows, next] = [items.slice(1, limit), items[limit]];
  const hasNextPage = await hasFollowingRows(source, answer, next, start + rows.length);
  return { rows, start, total, reach: extent.reach, hasNextPage, previous: anchor, next };
};

/** Slices the `size` rows before the anchor. The anchor's row is read too, to detect that rows before it came or went. */
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

/**
 * Slices the last `size` rows of the list. It reads the largest first page for the total; mostly that page holds the end as well.
 * @throws `RESULT_TRUNCATED` if the last rows cannot be read.
 */
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
  const headKeys = new Set(head.map(keyOf));
  const isUnchanged =
    tail.total === total &&
    rows.length === total - start &&
    !tail.items.some((row) => headKeys.has(keyOf(row)));
  return isUnchanged
    ? { rows, start, total, reach: tail.extent.reach, hasNextPage: false }
    : sliceFullScan(source, request, maxRows);
};

/** Slices the requested page, with as few reads as a correct result allows. */
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
