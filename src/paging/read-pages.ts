import { plausibleTotal, type PageRead } from './merge-pages.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** Reads pages of one list. */
export interface PageReader<Item, Answer extends Page<Item>> {
  limits: ListLimits;
  keyOf: (item: Item) => string;
  read: (window: Window) => Promise<Answer>;
}

/** The most pages of one range. */
const MAX_PAGES = 64;

/** Offset after the last row of a page. */
const pageEnd = <Item>({ window, page }: PageRead<Item>): number => window.offset + page.items.length;

/** Splits the rows from `from` to `to` into windows of one page each. */
export const splitIntoPages = (
  from: number,
  to: number,
  { pageSize, lastOffset = Infinity }: ListLimits,
): Window[] => {
  const windows: Window[] = [];
  for (let next = from; next < to && windows.length < MAX_PAGES;) {
    const offset = Math.min(next, lastOffset);
    const limit = Math.min(pageSize, to - offset);
    windows.push({ offset, limit });
    next = offset + limit;
  }
  return windows;
};

/** Reads all pages in parallel. The total has to be known. */
const readInParallel = <Item>(
  { limits, read }: PageReader<Item, Page<Item>>,
  from: number,
  to: number,
): Promise<PageRead<Item>[]> =>
  Promise.all(splitIntoPages(from, to, limits).map(async (window) => ({ window, page: await read(window) })));

/**
 * Reads pages one after the other: without a total, or after a page shorter than requested, only the pages themselves show where the
 * list ends. Without a total, each page repeats the last row of the one before; otherwise a deleted row would go unnoticed.
 */
const readInSequence = async <Item>(
  { limits, keyOf, read }: PageReader<Item, Page<Item>>,
  before: readonly PageRead<Item>[],
  total: number | null,
  to: number,
): Promise<PageRead<Item>[]> => {
  const overlap = total === null ? 1 : 0;
  const pages: PageRead<Item>[] = [];
  const seen = new Set(before.flatMap(({ page }) => page.items.map(keyOf)));
  for (let next = pageEnd(before.at(-1)!); next < to && before.length + pages.length <= MAX_PAGES;) {
    const offset = Math.min(next - overlap, limits.lastOffset ?? next);
    const window = { offset, limit: Math.min(limits.pageSize, to - offset) };
    const page = await read(window);
    pages.push({ window, page });
    const isLast = total === null && page.items.length < window.limit;
    if (isLast || page.items.every((row) => seen.has(keyOf(row)))) break;
    for (const row of page.items) seen.add(keyOf(row));
    next = offset + page.items.length;
  }
  return pages;
};

/** Whether the first page is full. */
const isFullPage = <Item>({ window, page }: PageRead<Item>): boolean => page.items.length >= window.limit;

/** Offset up to which pages may follow the first one, for the rows up to `end`. */
const lastEnd = <Item>(first: PageRead<Item>, end: number): number =>
  Math.min(end, plausibleTotal(first) ?? end);

/** Whether pages may follow the first one that have rows up to `end`. */
export const mayContinue = <Item>(first: PageRead<Item>, end: number): boolean =>
  pageEnd(first) < lastEnd(first, end) &&
  first.page.items.length > 0 &&
  (plausibleTotal(first) !== null || isFullPage(first));

/** Reads the pages after the first one, up to row `end`: in parallel as far as its total allows, then in sequence. */
export const readFollowingPages = async <Item>(
  reader: PageReader<Item, Page<Item>>,
  first: PageRead<Item>,
  end: number,
): Promise<PageRead<Item>[]> => {
  const { page } = first;
  const total = plausibleTotal(first);
  const from = pageEnd(first);
  const to = lastEnd(first, end);
  const isFull = isFullPage(first);
  const pages = isFull && total !== null ? await readInParallel(reader, from, to) : [];
  const last = pages.at(-1) ?? first;
  const isComplete = pageEnd(last) >= to || last.page.items.length === 0 || pages.length >= MAX_PAGES;
  if (isComplete || last.page.total !== page.total) return pages;
  return [...pages, ...(await readInSequence(reader, [first, ...pages], total, to))];
};
