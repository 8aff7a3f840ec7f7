import { cutExtent, openExtent, WHOLE } from './extent.ts';
import type { PageSource } from './page-source.ts';
import { createPartialSource, type SourceError } from './partial-source.ts';
import type { Window } from './window.ts';

/** One of several lists that are paged as one. */
export type SourcePart<Item> = Pick<PageSource<Item>, 'limits' | 'load'>;

/** Several lists, one after the other, as one. */
interface ConcatenatedSource<P> {
  /** The parts of which rows are missing, and why. Complete after a load. */
  gaps: () => { part: P; error: SourceError }[];
  /** Whether no row of a part can be read. */
  hasFailed: (part: P) => boolean;
}

/** As many rows take about as much CPU as the call that returns them: so many can be read in advance with every count. */
export const ROWS_WORTH_A_CALL = 25;

/**
 * Concatenates lists to one: windows are read from the parts that they overlap. All parts are counted in parallel, each with its first
 * rows, so that short lists need no further call; then only the rows of the window are read. A part that fails is left out of rows and
 * total, and reported by `gaps`; if all fail, `load` throws the error of the first.
 */
export const concatenateSources = <Item, P extends SourcePart<Item>>(
  parts: readonly P[],
  maxRows: number,
): Pick<PageSource<Item>, 'limits' | 'load'> & ConcatenatedSource<P> => {
  const sources = parts.map((part) => ({ part, source: createPartialSource<Item>(part, maxRows) }));
  const pageSize = Math.min(...parts.map(({ limits }) => limits.pageSize));
  /** How many rows of each list are read with its count, for a window of so many rows from the start: the average, within a page. */
  const headRows = (limit: number) => {
    const average = Math.ceil(Math.max(pageSize, limit) / parts.length);
    return Math.min(limit, pageSize, Math.max(ROWS_WORTH_A_CALL, average));
  };

  /** How many rows to read with the count of the part at an index of those that can be read; 0 where the window is sure to be after them. */
  const countedHead = ({ offset, limit, wholeOnly }: Window, index: number): number => {
    if (offset === 0) return index === 0 && !wholeOnly ? limit : headRows(limit);
    return offset < ROWS_WORTH_A_CALL * parts.length ? Math.min(offset + limit, ROWS_WORTH_A_CALL) : 0;
  };

  const load = async (window: Window): ReturnType<PageSource<Item>['load']> => {
    const readable = sources.filter(({ source }) => source.error() === undefined);
    const counts = await Promise.all(
      readable.map(({ source }, index) => source.count(countedHead(window, index))),
    );
    const lists = readable.flatMap(({ source }, index) => {
      const counted = counts[index];
      return counted ? [{ source, counted }] : [];
    });
    const [first] = sources;
    if (first && sources.every(({ source }) => source.error() !== undefined)) throw first.source.error()!;

    const end = window.offset + window.limit;
    const total = lists.reduce((rows, { counted }) => rows + counted.rows, 0);
    const findReach = () => (lists.some(({ source }) => source.isTruncated()) ? total : null);
    if (window.wholeOnly && end < total) return { items: [], total, extent: openExtent(findReach()) };

    let start = 0;
    const reads = lists.map(({ source, counted }) => {
      const from = Math.max(0, window.offset - start);
      const to = Math.min(counted.rows, end - start);
      start += counted.rows;
      return source.read(counted, from, to);
    });
    const slices = await Promise.all(reads);
    // A part failed, or has fewer rows than it counted: with that known, the window is read again.
    if (slices.includes(null)) return load(window);

    const reach = findReach();
    const extentAtEnd = reach === null ? WHOLE : cutExtent(reach);
    return {
      items: slices.flatMap((rows) => rows ?? []),
      total,
      extent: end >= total ? extentAtEnd : openExtent(reach),
    };
  };

  const sourceOf = (part: P) => sources.find((one) => one.part === part)?.source;
  return {
    limits: { pageSize: headRows(pageSize) },
    load,
    hasFailed: (part) => sourceOf(part)?.error() !== undefined,
    gaps: () =>
      sources.flatMap(({ part, source }) => {
        const error = source.gap();
        return error ? [{ part, error }] : [];
      }),
  };
};
