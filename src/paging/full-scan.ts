import { cutExtent, type Extent, truncatedError, WHOLE } from './extent.ts';
import { sortRows } from './row-order.ts';
import { locateCursor } from './locate-cursor.ts';
import type { PageRequest } from './page-request.ts';
import type { PageSource } from './page-source.ts';

/** Consecutive rows of a list for one page. */
export interface Slice<Item> {
  rows: readonly Item[];
  /** Offset of the first row in the list. */
  start: number;
  total: number | null;
  /** How many rows can be read, if fewer than the list has. */
  reach: number | null;
  hasNextPage: boolean;
  /** The rows directly before and after these, if known. */
  previous?: Item | undefined;
  next?: Item | undefined;
}

/** A sorted list, read to its end or as far as possible. */
interface WholeList<Item> {
  rows: readonly Item[];
  /** How many rows can be read; more than `rows` where the first ones told that the list is too long. */
  readable: number;
  /** The rows that match, each with its index in `rows`. */
  matching: readonly { row: Item; at: number }[];
  total: number | null;
  extent: Extent;
}

/** With `wholeOnly`, a list that is too long is not read further than to its total. */
const readWhole = async <Item>(
  source: PageSource<Item>,
  maxRows: number,
  wholeOnly: boolean,
): Promise<WholeList<Item>> => {
  const { matches, isNamed, order, keyOf } = source;
  const { items, total, extent } = await source.load({ offset: 0, limit: maxRows, wholeOnly });
  const readable = wholeOnly && extent.kind === 'OPEN' ? (extent.reach ?? maxRows) : items.length;
  const rows = order ? sortRows(items, order, keyOf) : items;
  const matching = rows.map((row, at) => ({ row, at })).filter(({ row }) => matches?.(row) ?? true);
  if (!matches && !order) return { rows, readable, matching, total, extent };
  // If the filter names one row exactly and it was found, the rest of the list does not matter. Otherwise the list is not known whole.
  const isAnswered = extent.kind === 'WHOLE' || (isNamed !== undefined && items.some(isNamed));
  return {
    rows,
    readable,
    matching,
    total: isAnswered ? matching.length : null,
    extent: isAnswered ? WHOLE : cutExtent(readable),
  };
};

/** Counts the matching rows by reading the whole list; `total` is null if that is not possible. */
export const countMatching = async <Item>(
  source: PageSource<Item>,
  maxRows: number,
): Promise<Pick<Slice<Item>, 'total' | 'reach'>> => {
  const { total, extent } = await readWhole(source, maxRows, !source.isNamed);
  return { total, reach: extent.reach };
};

/**
 * Slices a page from the whole list: for any filter, order and pair of cursors.
 * @throws `RESULT_TRUNCATED` if the page needs rows that were not read.
 */
export const sliceFullScan = async <Item>(
  source: PageSource<Item>,
  { size, backwards, after, before }: PageRequest,
  maxRows: number,
): Promise<Slice<Item>> => {
  const isEndWanted = backwards && !before && !after && size > 0;
  const wholeOnly = isEndWanted && !source.isNamed;
  const { rows, readable, matching, total, extent } = await readWhole(source, maxRows, wholeOnly);
  const matchingBefore = (index: number) => matching.filter(({ at }) => at < index).length;
  const afterLocation = after && locateCursor(source, rows, extent, after);
  const beforeLocation = before && locateCursor(source, rows, extent, before);
  const from = afterLocation ? matchingBefore(afterLocation.before + (afterLocation.present ? 1 : 0)) : 0;
  const to = beforeLocation ? matchingBefore(beforeLocation.before) : matching.length;

  // The last rows are unknown unless the whole list was read; so are rows after the ones read, if more can be read.
  const needsMore = backwards
    ? !before && extent.kind !== 'WHOLE'
    : from >= matching.length && extent.kind === 'OPEN';
  if (needsMore && size > 0) throw truncatedError(readable);

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
