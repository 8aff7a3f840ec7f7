import { clientError } from '../errors/client-error.ts';
import { type ListLimits, type Page, reachableRows, type Window } from './window.ts';

/**
 * Whether a list ends after the rows that were read. All code that reads lists uses this decision: pages, filters, counts, links,
 * writes and subscriptions.
 */
export interface Extent {
  /**
   * `WHOLE`: the list ends with these rows. `CUT`: more rows may follow, but the upstream does not return them. `OPEN`: more rows may
   * follow, and can be read.
   */
  kind: 'OPEN' | 'WHOLE' | 'CUT';
  /** How many rows of the list can be read, if that is known and fewer than the list has. */
  reach: number | null;
}

export const WHOLE: Extent = { kind: 'WHOLE', reach: null };

/** More rows may follow; `reach` limits how many of the list can be read. */
export const openExtent = (reach: number | null = null): Extent => ({ kind: 'OPEN', reach });

/** No more rows of the list can be read; `reach` is how many can, null if unknown. */
export const cutExtent = (reach: number | null): Extent => ({ kind: 'CUT', reach });

/** Rows that were read in order. */
interface ReadRows {
  /** Offset after the last row that was read. */
  end: number;
  /** How many rows the list has; null if the upstream does not say, or its number cannot be true. */
  total: number | null;
  /** Result of the last call: all rows requested, fewer, or no new row. */
  last: 'FULL' | 'SHORT' | 'NOTHING';
  /** Whether any row was read. */
  any: boolean;
}

/**
 * The extent of rows. A total is an upper bound: a list that ends before its total is `CUT`, not `WHOLE`. Without a total, a page that
 * is not full is the last one.
 */
export const extentOf = ({ end, total, last, any }: ReadRows, limits: ListLimits): Extent => {
  const reach = reachableRows(limits);
  if (total === null ? last === 'SHORT' : end >= total) return WHOLE;
  // If a first read at some offset returned nothing, the list may end anywhere before that offset.
  if (last === 'NOTHING') return cutExtent(any || end === 0 ? end : null);
  if (end >= reach) return cutExtent(end);
  return openExtent(total !== null && total > reach ? reach : null);
};

/** The extent of one page, where no other page of the list was read. */
export const extentOfPage = (
  { window, page }: { window: Window; page: Page<unknown> },
  limits: ListLimits,
): Extent => {
  const [received, end] = [page.items.length, window.offset + page.items.length];
  const total = page.total !== null && page.total >= end ? page.total : null;
  const lastPage = total === null ? 'SHORT' : 'NOTHING';
  return extentOf(
    { end, total, last: received < window.limit ? lastPage : 'FULL', any: received > 0 },
    limits,
  );
};

/** The extent of the first `end` rows, where `extent` is that of `rows` rows. */
export const extentUpTo = (extent: Extent, end: number, rows: number): Extent =>
  end >= rows ? extent : openExtent(extent.reach);

/** The error if an answer needs rows beyond the last one that can be read. */
export const truncatedError = (rows: number) =>
  clientError(
    'RESULT_TRUNCATED',
    `Only the first ${rows} rows of this list can be read, and the answer needs more.`,
  );

/** Rows from the start of a list, with their extent. */
interface Listed<Row> {
  items: readonly Row[];
  extent: Extent;
}

/**
 * All rows of a list.
 * @throws `RESULT_TRUNCATED` if not all of them were read.
 */
export const allOf = <Row>({ items, extent }: Listed<Row>): readonly Row[] => {
  if (extent.kind !== 'WHOLE') throw truncatedError(items.length);
  return items;
};

/**
 * The wanted row; undefined if the list does not have it.
 * @throws `RESULT_TRUNCATED` if it may be among rows that were not read.
 */
export const findIn = <Row>(listed: Listed<Row>, isWanted: (row: Row) => boolean): Row | undefined =>
  listed.items.find(isWanted) ?? allOf(listed).find(isWanted);
