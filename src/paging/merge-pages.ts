import { type Extent, extentOf } from './extent.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** A page with the window that was requested. */
export interface PageRead<Item> {
  window: Window;
  page: Page<Item>;
}

/** Rows of several pages. */
export interface MergedPages<Item> {
  /** Offset of the first row in the list. */
  offset: number;
  /** The rows in order, without duplicates. */
  items: readonly Item[];
  extent: Extent;
  /** Whether all pages can come from one state of the list. */
  isConsistent: boolean;
}

type KeyOf<Item> = (item: Item) => string;

/** The rows in order, without duplicates. */
export const distinctRows = <Item>(items: readonly Item[], keyOf: KeyOf<Item>): Item[] => {
  const seen = new Set<string>();
  return items.filter((item) => seen.size < seen.add(keyOf(item)).size);
};

/** The total of a page; null if it has none, or if it is less than the rows seen. */
export const plausibleTotal = <Item>({ window, page }: PageRead<Item>): number | null =>
  page.total !== null && page.total >= window.offset + page.items.length ? page.total : null;

/** Whether a page at another offset repeats the first page: then the upstream ignores the offset. */
const startsOver = <Item>({ window, page }: PageRead<Item>, first: PageRead<Item>, keyOf: KeyOf<Item>) => {
  const [a, b] = [page.items[0], first.page.items[0]];
  if (a === undefined || b === undefined || window.offset === first.window.offset) return false;
  return keyOf(a) === keyOf(b) && page.total === first.page.total;
};

/** Whether two totals can be the same; null is unknown. */
const canBeEqual = (a: number | null, b: number | null): boolean => a === null || b === null || a === b;

/** Whether a page continues at `end`, and repeats exactly those rows that it overlaps. */
const continues = <Item>(
  { window, page }: PageRead<Item>,
  end: number,
  seen: ReadonlySet<string>,
  keyOf: KeyOf<Item>,
) => {
  const overlap = end - window.offset;
  const touches = overlap >= 0 || page.items.length === 0;
  return (
    touches &&
    page.items.length >= overlap &&
    page.items.every((row, i) => seen.has(keyOf(row)) === i < overlap)
  );
};

/** Merges pages, in order. The total is taken from the first one. */
export const mergePages = <Item>(
  first: PageRead<Item>,
  rest: readonly PageRead<Item>[],
  keyOf: KeyOf<Item>,
  limits: ListLimits,
): MergedPages<Item> => {
  const following = rest.filter((read) => !startsOver(read, first, keyOf));
  const ignoresPosition = following.length < rest.length;
  const items: Item[] = [];
  const seen = new Set<string>();
  const append = (page: Page<Item>) => {
    for (const row of page.items) if (seen.size < seen.add(keyOf(row)).size) items.push(row);
  };
  append(first.page);
  let newRows = items.length;
  let end = first.window.offset + first.page.items.length;
  let isConsistent = true;
  for (const read of following) {
    isConsistent &&= canBeEqual(read.page.total, first.page.total) && continues(read, end, seen, keyOf);
    const before = items.length;
    append(read.page);
    newRows = items.length - before;
    end = Math.max(end, read.window.offset + read.page.items.length);
  }
  const { window, page } = following.at(-1) ?? first;
  const total = plausibleTotal(first);
  const isShort = page.items.length < window.limit;
  const lastPage = newRows === 0 || ignoresPosition ? 'NOTHING' : 'FULL';
  // Without a total, a page that is not full is the last one, also if it holds only the overlapping row.
  const last = isShort && total === null && !ignoresPosition ? 'SHORT' : lastPage;
  const rowsEnd = ignoresPosition ? items.length : end;
  const extent = extentOf({ end: rowsEnd, total, last, any: items.length > 0 }, limits);
  return { offset: ignoresPosition ? 0 : first.window.offset, items, extent, isConsistent };
};
