import { inOrder } from './order.ts';
import { placeOf } from './place.ts';
import type { PageRequest } from './request.ts';
import { type PageSource, truncated } from './source.ts';

/** A stretch of rows, and where in the list its first row stands. */
export interface Cut<Item> {
  rows: readonly Item[];
  start: number;
  total: number | null;
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
  ended: boolean;
}

const readWhole = async <Item>(source: PageSource<Item>, maxRows: number): Promise<WholeList<Item>> => {
  const { matches, order, keyOf } = source;
  const { items, total, ended } = await source.load({ offset: 0, limit: maxRows });
  if ((matches ?? order) && !ended) throw truncated(items.length); // only right over every row
  const rows = order ? inOrder(items, order, keyOf) : items;
  const matching = rows.map((row, at) => ({ row, at })).filter(({ row }) => matches?.(row) ?? true);
  return { rows, matching, total: matches ? matching.length : total, ended };
};

/** How many rows match: the whole list has to be read for it. */
export const countMatching = async <Item>(source: PageSource<Item>, maxRows: number): Promise<number> =>
  (await readWhole(source, maxRows)).matching.length;

/** The page out of a list that is read whole: any filter, any order, any pair of cursors. */
export const cutWhole = async <Item>(
  source: PageSource<Item>,
  { size, backwards, after, before }: PageRequest,
  maxRows: number,
): Promise<Cut<Item>> => {
  const { rows, matching, total, ended } = await readWhole(source, maxRows);
  const matchingBefore = (index: number) => matching.filter(({ at }) => at < index).length;
  const afterPlace = after && placeOf(source, rows, ended, after);
  const beforePlace = before && placeOf(source, rows, ended, before);
  const from = afterPlace ? matchingBefore(afterPlace.before + (afterPlace.present ? 1 : 0)) : 0;
  const to = beforePlace ? matchingBefore(beforePlace.before) : matching.length;

  // Where the list goes on unread, its last rows, and the rows after these, are not known.
  const needsMore = backwards ? !before : from >= matching.length;
  if (needsMore && size > 0 && !ended) throw truncated(rows.length);

  const start = backwards ? Math.max(from, to - size) : from;
  const end = Math.max(start, backwards ? to : Math.min(to, from + size));
  return {
    rows: matching.slice(start, end).map(({ row }) => row),
    start,
    total,
    hasNextPage: end < matching.length || !ended,
    previous: matching[start - 1]?.row,
    next: matching[end]?.row,
  };
};
