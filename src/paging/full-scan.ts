import { cutExtent, type Extent, truncatedError, WHOLE } from './extent.ts';
import { sortRows } from './row-order.ts';
import { locateCursor } from './locate-cursor.ts';
import type { PageRequest } from './page-request.ts';
import type { PageSource } from './page-source.ts';

/** A stretch of rows, and where in the list its first row stands. */
export interface Slice<Item> {
  rows: readonly Item[];
  start: number;
  total: number | null;
  /** How many rows can be read, where that is fewer than there are. */
  reach: number | null;
  hasNextPage: boolean;
  /** The rows right before and after these, where they are known. */
  previous?: Item | undefined;
  next?: Item | undefined;
}

/** A list read to its end, or as far as it can be: in order, and what of it matches. */
interface WholeList<Item> {
  rows: readonly Item[];
  /** The rows that match, each with its index in `rows`. */
  matching: readonly { row: Item; at: number }[];
  total: number | null;
  extent: Extent;
}

const readWhole = async <Item>(source: PageSource<Item>, maxRows: number): Promise<WholeList<Item>> => {
  const { matches, isNamed, order, keyOf } = source;
  const { items, total, extent } = await source.load({ offset: 0, limit: maxRows });
  const rows = order ? sortRows(items, order, keyOf) : items;
  const matching = rows.map((row, at) => ({ row, at })).filter(({ row }) => matches?.(row) ?? true);
  if (!matches && !order) return { rows, matching, total, extent };
  // One row that is there is the whole answer. Else no more is read than may be, for whatever reason.
  const isAnswered = extent.kind === 'WHOLE' || (isNamed !== undefined && items.some(isNamed));
  return {
    rows,
    matching,
    total: isAnswered ? matching.length : null,
    extent: isAnswered ? WHOLE : cutExtent(items.length),
  };
};

/** How many rows match, as far as that can be known: the whole list has to be read for it. */
export const countMatching = async <Item>(
  source: PageSource<Item>,
  maxRows: number,
): Promise<Pick<Slice<Item>, 'total' | 'reach'>> => {
  const { total, extent } = await readWhole(source, maxRows);
  return { total, reach: extent.reach };
};

/** The page out of a list that is read whole: any filter, any order, any pair of cursors. */
export const sliceFullScan = async <Item>(
  source: PageSource<Item>,
  { size, backwards, after, before }: PageRequest,
  maxRows: number,
): Promise<Slice<Item>> => {
  const { rows, matching, total, extent } = await readWhole(source, maxRows);
  const matchingBefore = (index: number) => matching.filter(({ at }) => at < index).length;
  const afterPlace = after && locateCursor(source, rows, extent, after);
  const beforePlace = before && locateCursor(source, rows, extent, before);
  const from = afterPlace ? matchingBefore(afterPlace.before + (afterPlace.present ? 1 : 0)) : 0;
  const to = beforePlace ? matchingBefore(beforePlace.before) : matching.length;

  // Where the list goes on unread nobody knows its last rows, nor, where they could be read, the rows after these.
  const needsMore = backwards
    ? !before && extent.kind !== 'WHOLE'
    : from >= matching.length && extent.kind === 'OPEN';
  if (needsMore && size > 0) throw truncatedError(rows.length);

  const start = backwards ? Math.max(from, to - size) : from;
  const end = Math.max(start, backwards ? to : Math.min(to, from + size));
  return {
    rows: matching.slice(start, end).map(({ row }) => row),
    start,
    total,
    reach: extent.reach,
    hasNextPage: end < matching.length || extent.kind === 'OPEN',
    previous: matching[start - 1]?.row,
    next: matching[end]?.row,
  };
};
