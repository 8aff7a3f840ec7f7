import { clientError } from '../errors/client-error.ts';
import { type Extent, WHOLE } from './extent.ts';
import { plausibleTotal, distinctRows, mergePages, type PageRead } from './merge-pages.ts';
import { type PageReader, mayContinue, readFollowingPages, splitIntoPages } from './read-pages.ts';
import { type ListLimits, type Page, reachableRows, type Window } from './window.ts';

/** Consecutive rows of a list that were read with one or more calls. */
export interface RowRange<Item, Answer> {
  /** Offset of the first row in the list. */
  offset: number;
  items: readonly Item[];
  /** The answer of the first call, for its other fields. An implausible total in it is null. */
  answer: Answer;
  /** Whether the list ends after these rows. */
  extent: Extent;
}

/** How often a range is read if the list changes meanwhile. */
const MAX_ATTEMPTS = 3;

/** Moves a window to an offset that the upstream accepts, and extends it, so that it still holds the wanted rows. */
const fitToLimits = ({ offset, limit }: Window, limits: ListLimits): Window => {
  const start = Math.min(offset, limits.lastOffset ?? offset);
  return { offset: start, limit: Math.max(1, Math.min(offset + limit, reachableRows(limits)) - start) };
};

/**
 * Whether an answer is the whole list whatever the window was: the oldest CSS versions have no paging. More rows than requested are
 * not enough: an upstream may have a minimum page size, and its total shows then that there is more.
 */
const isWholeList = <Item>({ window, page: { items, total } }: PageRead<Item>): boolean =>
  items.length > window.limit
    ? total === null || items.length >= total
    : window.offset > 0 && items.length > 0 && items.length === total;

/** Whether the first page tells that the list does not end by `end`, where only the whole list is of use. */
const isTooLong = <Item>(first: PageRead<Item>, { wholeOnly }: Window, end: number): boolean =>
  wholeOnly === true && first.page.items.length >= first.window.limit && (plausibleTotal(first) ?? 0) > end;

/** Smaller requests never prefetch the second page. */
const MIN_PREFETCH_ROWS = 1000;

/**
 * Starts reading the second page in parallel with the first, and returns a reader that uses it; null where that may be a wasted call.
 * Requests that need most of the second page prefetch it. Requests for a whole list, or for one row more than a page, wait for the
 * total in the first page.
 */
const prefetchSecondPage = <Item, Answer extends Page<Item>>(
  reader: PageReader<Item, Answer>,
  requested: Window,
  first: Window,
  end: number,
): PageReader<Item, Answer> | null => {
  const { limits, read } = reader;
  const minRows = Math.max(MIN_PREFETCH_ROWS, limits.pageSize);
  if (requested.wholeOnly || requested.limit <= minRows || requested.limit > 2 * limits.pageSize) return null;
  const [window, ...others] = splitIntoPages(first.offset + first.limit, end, limits);
  if (!window || others.length > 0 || window.limit < limits.pageSize / 2) return null;
  const page = read(window);
  page.catch(() => {}); // a failure is reported to the reads that need the page
  const isPrefetched = ({ offset, limit }: Window) => offset === window.offset && limit <= window.limit;
  return { ...reader, read: (wanted) => (isPrefetched(wanted) ? page : read(wanted)) };
};

interface ReadAttempt<Item, Answer> extends RowRange<Item, Answer> {
  /** Whether all pages can come from one state of the list. */
  isConsistent: boolean;
  /** An offset that was refused although it is below the total, as text with that total; null if none was refused. */
  refused: string | null;
}

const readOnce = <Item, Answer extends Page<Item>>(
  reader: PageReader<Item, Answer>,
  requested: Window,
): Promise<ReadAttempt<Item, Answer>> => {
  const { limits, keyOf } = reader;
  const { offset, limit } = fitToLimits(requested, limits);
  const window = { offset, limit: Math.min(limit, limits.pageSize) };
  const end = offset + limit;
  const firstPage = reader.read(window);
  const prefetching = prefetchSecondPage(reader, requested, window, end);
  return firstPage.then((page) => {
    if (isWholeList({ window, page })) {
      const total = page.items.length === page.total ? page.total : null;
      const items = distinctRows(page.items, keyOf);
      return {
        offset: 0,
        items,
        answer: { ...page, total },
        extent: WHOLE,
        isConsistent: true,
        refused: null,
      };
    }
    const first = { window, page };
    const merge = (following: readonly PageRead<Item>[]) => {
      const past = following.find((read) => read.page.pastEnd);
      return {
        ...mergePages(first, following, keyOf, limits),
        answer: { ...page, total: plausibleTotal(first) },
        refused: past ? `${past.window.offset} of ${page.total}` : null,
      };
    };
    if (isTooLong(first, requested, end) || !mayContinue(first, end)) return merge([]);
    return readFollowingPages(prefetching ?? reader, first, end).then(merge);
  });
};

/** Reads a range until all its pages can come from one state of the list; `refusedBefore` is what the attempt before was refused. */
const readConsistently = <Item, Answer extends Page<Item>>(
  reader: PageReader<Item, Answer>,
  window: Window,
  attemptsLeft: number,
  refusedBefore: string | null,
): Promise<RowRange<Item, Answer>> =>
  readOnce(reader, window).then((attempt) => {
    const { isConsistent, refused } = attempt;
    if (isConsistent && (refused === null || refused === refusedBefore)) return attempt;
    if (attemptsLeft > 1) return readConsistently(reader, window, attemptsLeft - 1, refused);
    throw clientError('CONFLICT', 'The list kept changing while its pages were read. Ask again.', {
      retryable: true,
    });
  });

/**
 * Reads a window of any size: the first page for the total, then the other pages in parallel. A row that is added or deleted between
 * two pages shifts the rows after it. That shows as another total, a repeated row or a refused offset, and then all pages are read
 * again. An upstream that refuses the same offset twice does not return all the rows that it counts. Of a list that is longer than a
 * window of `wholeOnly`, only the first page is read.
 * @throws `CONFLICT`, retryable, if the list keeps changing.
 */
export const readRange = async <Item, Answer extends Page<Item>>(
  reader: PageReader<Item, Answer>,
  window: Window,
): Promise<RowRange<Item, Answer>> => readConsistently(reader, window, MAX_ATTEMPTS, null);
