import { clientError } from '../client-error.ts';
import { type ListLimits, type Page, reachOf, type Window } from './window.ts';

/** Reads a stretch of one list. */
export interface SpanReader<Item, Answer extends Page<Item>> {
  limits: ListLimits;
  keyOf(item: Item): string;
  read(window: Window): Promise<Answer>;
}

/** A stretch of a list that was read with one or more calls. */
export interface Span<Item, Answer> {
  /** Where the first row of the stretch stands in the list. */
  offset: number;
  items: readonly Item[];
  /** The first call's answer: what stands beside the rows is taken from it. */
  answer: Answer;
  /** Whether the list ends with the last row of this stretch. */
  ended: boolean;
}

const ATTEMPTS = 3;
const MOST_PAGES = 64;

interface PageRead<Item> {
  window: Window;
  page: Page<Item>;
}

/**
 * The window that may be asked for: an upstream with a ceiling on its offset is asked at the ceiling, and the rows wanted
 * are cut out of that larger page.
 */
const withinReach = ({ offset, limit }: Window, limits: ListLimits): Window => {
  const start = Math.min(offset, limits.lastOffset ?? offset);
  return { offset: start, limit: Math.max(1, Math.min(offset + limit, reachOf(limits)) - start) };
};

/** Whether an answer is the whole list whatever was asked: the oldest CSS answers know no paging. */
const isWholeList = <Item>({ items, total }: Page<Item>, { offset, limit }: Window): boolean =>
  items.length > limit || (offset > 0 && total !== null && total > 0 && items.length >= total);

/** A total that is less than what was seen is no total. */
const believable = <Item>({ items, total }: Page<Item>, { offset }: Window): number | null =>
  total !== null && total >= offset + items.length ? total : null;

const windowsOf = (from: number, to: number, { pageSize, lastOffset = Infinity }: ListLimits): Window[] => {
  const windows: Window[] = [];
  for (let next = from; next < to && windows.length < MOST_PAGES; ) {
    const offset = Math.min(next, lastOffset);
    const limit = Math.min(pageSize, to - offset);
    windows.push({ offset, limit });
    if (offset + limit <= next) break;
    next = offset + limit;
  }
  return windows;
};

/** Where the pages after a full first one stand is known once the total is: they are read together. */
const readSideBySide = <Item, Answer extends Page<Item>>(
  { limits, read }: SpanReader<Item, Answer>,
  from: number,
  to: number,
): Promise<PageRead<Item>[]> =>
  Promise.all(windowsOf(from, to, limits).map(async (window) => ({ window, page: await read(window) })));

/** Without a total, or after a page shorter than asked for, only the pages themselves tell where the list ends. */
const readOneByOne = async <Item, Answer extends Page<Item>>(
  { limits, read }: SpanReader<Item, Answer>,
  from: number,
  to: number,
): Promise<PageRead<Item>[]> => {
  const pages: PageRead<Item>[] = [];
  for (let next = from; next < to && next <= (limits.lastOffset ?? next) && pages.length < MOST_PAGES; ) {
    const window = { offset: next, limit: Math.min(limits.pageSize, to - next) };
    const page = await read(window);
    pages.push({ window, page });
    next += page.items.length;
    if (page.items.length === 0 || (page.total === null && page.items.length < window.limit)) break;
  }
  return pages;
};

/** Pages in their order → one stretch, with every row once, and whether they fit together. */
const join = <Item>(pages: readonly PageRead<Item>[], keyOf: (item: Item) => string) => {
  const [first, ...rest] = pages as [PageRead<Item>, ...PageRead<Item>[]];
  const firstRow = first.page.items[0];
  const firstKey = firstRow === undefined ? null : keyOf(firstRow);
  const startsOver = ({ page }: PageRead<Item>) => page.items[0] !== undefined && keyOf(page.items[0]) === firstKey;
  const honest = [first, ...rest.filter((read) => !startsOver(read))];

  const rows = new Map<string, Item>();
  let position = first.window.offset;
  let consistent = true;
  let short = false;
  for (const { window, page } of honest) {
    const fresh = page.items.slice(Math.max(0, position - window.offset));
    const own = new Set(fresh.map(keyOf));
    if (window.offset > position && fresh.length > 0) consistent = false; // rows after a gap
    if (page.total !== first.page.total) consistent = false;
    for (const key of own) if (rows.has(key)) consistent = false;
    for (const row of fresh) if (!rows.has(keyOf(row))) rows.set(keyOf(row), row);
    position = Math.max(position, window.offset + page.items.length);
    short = page.items.length < window.limit;
  }
  const ignoresPosition = honest.length < pages.length;
  const total = believable(first.page, first.window);
  const ended = !ignoresPosition && (short || (total !== null && position >= total));
  return { items: [...rows.values()], ended, consistent };
};

const gather = async <Item, Answer extends Page<Item>>(
  reader: SpanReader<Item, Answer>,
  asked: Window,
): Promise<Span<Item, Answer> & { consistent: boolean }> => {
  const { offset, limit } = withinReach(asked, reader.limits);
  const window = { offset, limit: Math.min(limit, reader.limits.pageSize) };
  const answer = await reader.read(window);
  const { items } = answer;
  const total = believable(answer, window);
  if (isWholeList(answer, window)) {
    const whole = join([{ window: { offset: 0, limit: items.length }, page: answer }], reader.keyOf);
    return { offset: 0, answer, ...whole, ended: true };
  }
  const from = offset + items.length;
  const to = Math.min(offset + limit, total ?? Infinity);
  const full = items.length === window.limit;
  const done = from >= to || items.length === 0 || (total === null && !full);
  const rest = done
    ? []
    : full && total !== null
      ? await readSideBySide(reader, from, to)
      : await readOneByOne(reader, from, to);
  return { offset, answer, ...join([{ window, page: answer }, ...rest], reader.keyOf) };
};

/**
 * Reads a window of any size: the first page tells the total, the others follow side by side. Rows that come or go between
 * two pages shift the rest, which shows as another total or a repeated row; then all pages are read again.
 */
export const readSpan = async <Item, Answer extends Page<Item>>(
  reader: SpanReader<Item, Answer>,
  window: Window,
): Promise<Span<Item, Answer>> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { consistent, ...span } = await gather(reader, window);
    if (consistent) return span;
  }
  throw clientError('CONFLICT', 'The list kept changing while its pages were read. Ask again.', { retryable: true });
};
