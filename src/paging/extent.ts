import { clientError } from '../errors/client-error.ts';
import { type ListLimits, type Page, reachableRows, type Window } from './window.ts';

/**
 * How rows that were read stand to the end of their list. It is decided here, for all that reads lists: pages, filters, counts,
 * links, writes and subscriptions.
 */
export interface Extent {
  /**
   * `WHOLE`: the list ends with them. `CUT`: it goes on, or may, and no more of it can be read. `OPEN`: it goes on, or may, and
   * what follows can be asked for.
   */
  kind: 'OPEN' | 'WHOLE' | 'CUT';
  /** How many rows of the list can be read, where that is fewer than there are, as far as is known. */
  reach: number | null;
}

export const WHOLE: Extent = { kind: 'WHOLE', reach: null };

/** The list goes on; of all its rows only `reach` can be read, where that is known. */
export const openExtent = (reach: number | null = null): Extent => ({ kind: 'OPEN', reach });

/** No more than `reach` rows can be read of the list. */
export const cutExtent = (reach: number | null): Extent => ({ kind: 'CUT', reach });

/** What was read of a list, in order. */
interface Read {
  /** Where the last row that was read ends, counted from the start of the list. */
  end: number;
  /** How many rows the list has; null where that is not told, or cannot be true. */
  total: number | null;
  /** What the last call brought: all that was asked for, less, or no row that was not known. */
  last: 'FULL' | 'SHORT' | 'NOTHING';
  /** Whether any row was read. */
  any: boolean;
}

/**
 * The extent of what was read. A total is an upper bound: a list that stops before it is cut, not whole. Without a total a page
 * that is not full ends the list.
 */
export const extentOf = ({ end, total, last, any }: Read, limits: ListLimits): Extent => {
  const reach = reachableRows(limits);
  if (total === null ? last === 'SHORT' : end >= total) return WHOLE;
  // Where nothing came from a position on, nobody knows how far before it the rows end.
  if (last === 'NOTHING') return cutExtent(any || end === 0 ? end : null);
  if (end >= reach) return cutExtent(end);
  return openExtent(total !== null && total > reach ? reach : null);
};

/** The extent of one page, of a list that was asked for from its first row on, and of which no more was read. */
export const extentOfPage = (
  { window, page }: { window: Window; page: Page<unknown> },
  limits: ListLimits,
): Extent => {
  const [got, end] = [page.items.length, window.offset + page.items.length];
  const total = page.total !== null && page.total >= end ? page.total : null;
  const short = total === null ? 'SHORT' : 'NOTHING';
  return extentOf({ end, total, last: got < window.limit ? short : 'FULL', any: got > 0 }, limits);
};

/** The extent of the rows before `end` where `extent` is that of all `rows`. */
export const extentUpTo = (extent: Extent, end: number, rows: number): Extent =>
  end >= rows ? extent : openExtent(extent.reach);

/** The answer where a list goes on behind the last row that can be read. */
export const truncatedError = (rows: number) =>
  clientError(
    'RESULT_TRUNCATED',
    `Only the first ${rows} rows of this list can be read, and the answer needs more.`,
  );

/** Rows from the start of a list on, and how they stand to its end. */
interface Listed<Row> {
  items: readonly Row[];
  extent: Extent;
}

/**
 * All rows of a list.
 * @throws `RESULT_TRUNCATED` where not all can be read.
 */
export const allOf = <Row>({ items, extent }: Listed<Row>): readonly Row[] => {
  if (extent.kind !== 'WHOLE') throw truncatedError(items.length);
  return items;
};

/**
 * The row that is wanted; undefined where the list does not have it.
 * @throws `RESULT_TRUNCATED` where it may be among the rows that cannot be read.
 */
export const findIn = <Row>(listed: Listed<Row>, isWanted: (row: Row) => boolean): Row | undefined =>
  listed.items.find(isWanted) ?? allOf(listed).find(isWanted);
