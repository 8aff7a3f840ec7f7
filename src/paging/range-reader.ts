import { clientError } from '../errors/client-error.ts';
import { type Extent, WHOLE } from './extent.ts';
import { plausibleTotal, distinctRows, mergePages, type PageRead } from './merge-pages.ts';
import { type ListLimits, type Page, reachableRows, type Window } from './window.ts';

/** Reads a stretch of one list. */
export interface RangeReader<Item, Answer extends Page<Item>> {
  limits: ListLimits;
  keyOf: (item: Item) => string;
  read: (window: Window) => Promise<Answer>;
}

/** A stretch of a list that was read with one or more calls. */
export interface RowRange<Item, Answer> {
  /** Where the first row of the stretch stands in the list. */
  offset: number;
  items: readonly Item[];
  /** The first call's answer: what stands beside the rows is taken from it. A total that cannot be true is null. */
  answer: Answer;
  /** How the last row of this stretch stands to the end of the list. */
  extent: Extent;
}

const ATTEMPTS = 3;
const MOST_PAGES = 64;

/**
 * The window that may be asked for: an upstream with a ceiling on its offset is asked at the ceiling, and the rows wanted
 * are cut out of that larger page.
 */
const withinReach = ({ offset, limit }: Window, limits: ListLimits): Window => {
  const start = Math.min(offset, limits.lastOffset ?? offset);
  return { offset: start, limit: Math.max(1, Math.min(offset + limit, reachableRows(limits)) - start) };
};

/**
 * Whether an answer is the whole list whatever was asked: the oldest CSS answers know no paging. More rows than asked for are
 * not enough: an upstream may have a smallest page, and then its total says that there is more.
 */
const isWholeList = <Item>({ window, page: { items, total } }: PageRead<Item>): boolean =>
  items.length > window.limit
    ? total === null || items.length >= total
    : window.offset > 0 && items.length > 0 && items.length === total;

/** Where the last row of a page ends in the list. */
const endOf = <Item>({ window, page }: PageRead<Item>): number => window.offset + page.items.length;

const windowsOf = (from: number, to: number, { pageSize, lastOffset = Infinity }: ListLimits): Window[] => {
  const windows: Window[] = [];
  for (let next = from; next < to && windows.length < MOST_PAGES;) {
    const offset = Math.min(next, lastOffset);
    const limit = Math.min(pageSize, to - offset);
    windows.push({ offset, limit });
    next = offset + limit;
  }
  return windows;
};

/** Where the pages after a full first one stand is known once the total is: they are read together. */
const readSideBySide = <Item>(
  { limits, read }: RangeReader<Item, Page<Item>>,
  from: number,
  to: number,
): Promise<PageRead<Item>[]> =>
  Promise.all(windowsOf(from, to, limits).map(async (window) => ({ window, page: await read(window) })));

/**
 * Without a total, or after a page shorter than asked for, only the pages themselves tell where the list ends. Without a total
 * each also starts with the last row of the one before: nothing else would show that a row before it went.
 */
const readOneByOne = async <Item>(
  { limits, keyOf, read }: RangeReader<Item, Page<Item>>,
  before: readonly PageRead<Item>[],
  total: number | null,
  to: number,
): Promise<PageRead<Item>[]> => {
  const overlap = total === null ? 1 : 0;
  const pages: PageRead<Item>[] = [];
  const seen = new Set(before.flatMap(({ page }) => page.items.map(keyOf)));
  for (let next = endOf(before.at(-1)!); next < to && before.length + pages.length <= MOST_PAGES;) {
    const offset = Math.min(next - overlap, limits.lastOffset ?? next);
    const window = { offset, limit: Math.min(limits.pageSize, to - offset) };
    const page = await read(window);
    pages.push({ window, page });
    const ended = total === null && page.items.length < window.limit;
    if (ended || page.items.every((row) => seen.has(keyOf(row)))) break;
    for (const row of page.items) seen.add(keyOf(row));
    next = offset + page.items.length;
  }
  return pages;
};

const readRest = async <Item>(
  reader: RangeReader<Item, Page<Item>>,
  first: PageRead<Item>,
  end: number,
): Promise<PageRead<Item>[]> => {
  const { window, page } = first;
  const total = plausibleTotal(first);
  const from = endOf(first);
  const to = Math.min(end, total ?? end);
  const full = page.items.length >= window.limit;
  if (from >= to || page.items.length === 0 || (total === null && !full)) return [];
  const pages = full && total !== null ? await readSideBySide(reader, from, to) : [];
  const last = pages.at(-1) ?? first;
  const isAtEnd = endOf(last) >= to || last.page.items.length === 0 || pages.length >= MOST_PAGES;
  if (isAtEnd || last.page.total !== page.total) return pages;
  return [...pages, ...(await readOneByOne(reader, [first, ...pages], total, to))];
};

/** Who asks for more rows than this knows that there are many. */
const MANY = 1000;

/**
 * Begins the second page beside the first, where a caller asks for most of it, and gives a reader that has it. Who wants a list
 * whole, of whatever length, or but a row more than one page, waits for the first page to tell how many there are.
 */
const secondPage = <Item, Answer extends Page<Item>>(
  reader: RangeReader<Item, Answer>,
  asked: Window,
  first: Window,
  end: number,
): RangeReader<Item, Answer> | null => {
  const { limits, read } = reader;
  if (asked.limit <= Math.max(MANY, limits.pageSize) || asked.limit > 2 * limits.pageSize) return null;
  const [window, ...more] = windowsOf(first.offset + first.limit, end, limits);
  if (!window || more.length > 0 || window.limit < limits.pageSize / 2) return null;
  const page = read(window);
  page.catch(() => {}); // told to those who need it
  const isIt = ({ offset, limit }: Window) => offset === window.offset && limit <= window.limit;
  return { ...reader, read: (wanted) => (isIt(wanted) ? page : read(wanted)) };
};

interface Gathered<Item, Answer> extends RowRange<Item, Answer> {
  /** Whether the pages can be of one state of the list. */
  isConsistent: boolean;
  /** The position that was refused although the total is beyond it, with that total; null where none was. */
  refused: string | null;
}

const gather = async <Item, Answer extends Page<Item>>(
  reader: RangeReader<Item, Answer>,
  asked: Window,
): Promise<Gathered<Item, Answer>> => {
  const { limits, keyOf } = reader;
  const { offset, limit } = withinReach(asked, limits);
  const window = { offset, limit: Math.min(limit, limits.pageSize) };
  const firstPage = reader.read(window);
  const second = secondPage(reader, asked, window, offset + limit);
  const page = await firstPage;
  if (isWholeList({ window, page })) {
    const total = page.items.length === page.total ? page.total : null;
    const items = distinctRows(page.items, keyOf);
    return { offset: 0, items, answer: { ...page, total }, extent: WHOLE, isConsistent: true, refused: null };
  }
  const first = { window, page };
  const rest = await readRest(second ?? reader, first, offset + limit);
  const past = rest.find((read) => read.page.pastEnd);
  return {
    ...mergePages(first, rest, keyOf, limits),
    answer: { ...page, total: plausibleTotal(first) },
    refused: past ? `${past.window.offset} of ${page.total}` : null,
  };
};

/**
 * Reads a window of any size: the first page tells the total, the others follow side by side. Rows that come or go between
 * two pages shift the rest, which shows as another total, a repeated row or a refused position; then all pages are read again.
 * An upstream that refuses the same position again does not hand out what it counts.
 */
export const readRange = async <Item, Answer extends Page<Item>>(
  reader: RangeReader<Item, Answer>,
  window: Window,
): Promise<RowRange<Item, Answer>> => {
  let refusedBefore: string | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { isConsistent, refused, ...span } = await gather(reader, window);
    if (isConsistent && (refused === null || refused === refusedBefore)) return span;
    refusedBefore = refused;
  }
  throw clientError('CONFLICT', 'The list kept changing while its pages were read. Ask again.', {
    retryable: true,
  });
};
