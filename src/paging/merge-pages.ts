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

/** The rows in order, without duplicates. */
export const distinctRows = <Item>(items: readonly Item[], keyOf: KeyOf<Item>): Item[] => {
  const rows = new DistinctRows(keyOf);
  rows.append(items);
  return rows.items;
};

/** A hash of a text. V8's own, which a Set of texts uses, takes several times as long for a text that it has not seen before. */
const hashOf = (text: string): number => {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
};

/** Rows of pages in order, without duplicates. */
class DistinctRows<Item> {
  readonly items: Item[] = [];
  private readonly keyOf: KeyOf<Item>;
  private readonly hashes = new Set<number>();
  /** The keys themselves, once two of them had the same hash. */
  private keys: Set<string> | undefined;

  constructor(keyOf: KeyOf<Item>) {
    this.keyOf = keyOf;
  }

  /** Appends the new rows of a page. Returns how many rows at its start were there before; null if others were as well. */
  append(rows: readonly Item[]): number | null {
    if (!this.keys && this.addHashes(rows)) {
      for (const row of rows) this.items.push(row);
      return 0;
    }
    const { items, keyOf } = this;
    const keys = (this.keys ??= new Set(items.map(keyOf)));
    const before = items.length;
    for (const row of rows) if (keys.size < keys.add(keyOf(row)).size) items.push(row);
    if (items.length - before === rows.length) return 0;
    const newKeys = new Set(items.slice(before).map(keyOf));
    const isNew = (row: Item) => newKeys.has(keyOf(row));
    const repeated = items.length === before ? rows.length : rows.findIndex(isNew);
    return rows.slice(repeated).every(isNew) ? repeated : null;
  }

  /** Adds the hashes of the rows; true if all are new and different, since then the keys are as well. */
  private addHashes(rows: readonly Item[]): boolean {
    const { hashes, keyOf } = this;
    const expected = hashes.size + rows.length;
    for (const row of rows) hashes.add(hashOf(keyOf(row)));
    return hashes.size === expected;
  }
}

/** Merges pages, in order. The total is taken from the first one. */
export const mergePages = <Item>(
  first: PageRead<Item>,
  rest: readonly PageRead<Item>[],
  keyOf: KeyOf<Item>,
  limits: ListLimits,
): MergedPages<Item> => {
  const following = rest.filter((read) => !startsOver(read, first, keyOf));
  const ignoresPosition = following.length < rest.length;
  const rows = new DistinctRows(keyOf);
  const { items } = rows;
  rows.append(first.page.items);
  let newRows = items.length;
  let end = first.window.offset + first.page.items.length;
  let isConsistent = true;
  for (const { window, page } of following) {
    const before = items.length;
    const repeated = rows.append(page.items);
    newRows = items.length - before;
    const overlap = end - window.offset;
    const continues = page.items.length === 0 ? overlap <= 0 : repeated === overlap;
    isConsistent &&= continues && canBeEqual(page.total, first.page.total);
    end = Math.max(end, window.offset + page.items.length);
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
