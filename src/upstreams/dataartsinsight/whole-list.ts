import { clientError } from '../../errors/client-error.ts';
import type { Rows } from '../../paging/window-loader.ts';
import { cutExtent, type Extent, extentUpTo, findIn, WHOLE } from '../../paging/extent.ts';
import type { Page, Window } from '../../paging/window.ts';
import { PAGE_SIZE } from './rest.ts';

/** The last position that the lists of DataArts Insight take. */
const LAST_POSITION = 1000;

/** The rows of a list that could be read. */
export interface WholeList<Row> {
  /** Each row once. */
  rows: readonly Row[];
  total: number | null;
  extent: Extent;
}

interface Reader<Row> {
  /** One upstream call of at most {@link PAGE_SIZE} rows. */
  read: (position: number) => Promise<Page<Row>>;
  keyOf: (row: Row) => string;
  maxRows: number;
}

/**
 * Reads a list from its first row to its last. Whether a position counts rows or pages is unclear (the pages on instances and on
 * workspaces differ), but 0 means the same in both: so one call reads it all, wherever it fits. What is left then is
 * asked for by rows, and where that finds nothing, by pages. An upstream that repeats itself is not asked again; where it counts
 * more rows than came, the list is cut.
 */
export const readWholeList = async <Row>({ read, keyOf, maxRows }: Reader<Row>): Promise<WholeList<Row>> => {
  const rows = new Map<string, Row>();
  const readAt = async (position: number) => {
    const { items, total } = await read(position);
    const before = rows.size;
    for (const row of items) if (!rows.has(keyOf(row))) rows.set(keyOf(row), row);
    return { got: items.length, fresh: rows.size - before, total };
  };
  const first = await readAt(0);
  // A total below the number of rows that came is wrong, and ignored.
  const total = first.total !== null && first.total >= first.got ? first.total : null;
  const isWhole = (pageLength: number) => (total === null ? pageLength < PAGE_SIZE : rows.size >= total);
  const result = (whole: boolean): WholeList<Row> => ({
    rows: [...rows.values()],
    total: whole ? rows.size : total,
    extent: whole ? WHOLE : cutExtent(rows.size),
  });

  if (first.got === 0 || isWhole(first.got)) return result(isWhole(first.got));
  const byRows = await readAt(PAGE_SIZE);
  if (byRows.got > 0) return result(isWhole(byRows.got));
  for (let page = 1; page <= LAST_POSITION && rows.size < maxRows; page += 1) {
    const byPages = await readAt(page); // oxlint-disable-line no-await-in-loop -- each tells whether there is another
    if (byPages.fresh === 0 || isWhole(byPages.got)) return result(isWhole(byPages.got));
  }
  return result(false);
};

/**
 * Finds a row.
 * @throws `NOT_FOUND`, or `RESULT_TRUNCATED` where it may be behind the part that can be read.
 */
export const findRow = <Row>(
  { rows: items, extent }: WholeList<Row>,
  isWanted: (row: Row) => boolean,
  notFound: string,
): Row => {
  const row = findIn({ items, extent }, isWanted);
  if (row !== undefined) return row;
  throw clientError('NOT_FOUND', notFound);
};

/** A whole list as a source of pages, which the gateway slices. */
export const wholeListSource = <Row>(read: () => Promise<WholeList<Row>>) => {
  const load = async ({ offset, limit }: Window): Promise<Rows<Row, Page<Row>>> => {
    const { rows, total, extent } = await read();
    const items = rows.slice(offset, offset + limit);
    return { items, total, extent: extentUpTo(extent, offset + items.length, rows.length) };
  };
  return { limits: { pageSize: Number.MAX_SAFE_INTEGER }, load };
};
