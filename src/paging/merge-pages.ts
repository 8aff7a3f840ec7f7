import { type Extent, extentOf } from './extent.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** A page, and the window it was asked for with. */
export interface PageRead<Item> {
  window: Window;
  page: Page<Item>;
}

/** Pages put together. */
export interface MergedPages<Item> {
  /** Where the first row stands in the list. */
  offset: number;
  /** The rows in their order, each once. */
  items: readonly Item[];
  extent: Extent;
  /** Whether the pages can be of one state of the list. */
  isConsistent: boolean;
}

type KeyOf<Item> = (item: Item) => string;

/** The rows in their order, each once. */
export const distinctRows = <Item>(items: readonly Item[], keyOf: KeyOf<Item>): Item[] => {
  const seen = new Set<string>();
  return items.filter((item) => seen.size < seen.add(keyOf(item)).size);
};

/** The total that a page tells. One that is less than what was seen is none. */
export const plausibleTotal = <Item>({ window, page }: PageRead<Item>): number | null =>
  page.total !== null && page.total >= window.offset + page.items.length ? page.total : null;

/** Whether a page at another position shows the rows of the first one again: then the upstream takes no notice of the position. */
const startsOver = <Item>({ window, page }: PageRead<Item>, first: PageRead<Item>, keyOf: KeyOf<Item>) => {
  const [a, b] = [page.items[0], first.page.items[0]];
  if (a === undefined || b === undefined || window.offset === first.window.offset) return false;
  return keyOf(a) === keyOf(b) && page.total === first.page.total;
};

/** Whether two pages can tell the same total. */
const agree = (a: number | null, b: number | null): boolean => a === null || b === null || a === b;

/** Whether a page goes on where the rows read so far end, and shows again exactly those of them that it overlaps. */
const goesOn = <Item>(
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

/** Puts pages together, the first one first. The total that is believed is the first page's. */
export const mergePages = <Item>(
  first: PageRead<Item>,
  rest: readonly PageRead<Item>[],
  keyOf: KeyOf<Item>,
  limits: ListLimits,
): MergedPages<Item> => {
  const further = rest.filter((read) => !startsOver(read, first, keyOf));
  const ignoresPosition = further.length < rest.length;
  const items: Item[] = [];
  const seen = new Set<string>();
  const take = (page: Page<Item>) => {
    for (const row of page.items) if (seen.size < seen.add(keyOf(row)).size) items.push(row);
  };
  take(first.page);
  let fresh = items.length;
  let end = first.window.offset + first.page.items.length;
  let isConsistent = true;
  for (const read of further) {
    isConsistent &&= agree(read.page.total, first.page.total) && goesOn(read, end, seen, keyOf);
    const before = items.length;
    take(read.page);
    fresh = items.length - before;
    end = Math.max(end, read.window.offset + read.page.items.length);
  }
  const { window, page } = further.at(-1) ?? first;
  const total = plausibleTotal(first);
  const isShort = page.items.length < window.limit;
  const brought = fresh === 0 || ignoresPosition ? 'NOTHING' : 'FULL';
  // Without a total, the page that tells the end is one that is not full, also if it shows nothing but the row it overlaps.
  const last = isShort && total === null && !ignoresPosition ? 'SHORT' : brought;
  const upTo = ignoresPosition ? items.length : end;
  const extent = extentOf({ end: upTo, total, last, any: items.length > 0 }, limits);
  return { offset: ignoresPosition ? 0 : first.window.offset, items, extent, isConsistent };
};
