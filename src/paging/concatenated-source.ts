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

/**
 * Concatenates lists to one: windows are read from the parts that they overlap. The parts are read in parallel. One that fails is left
 * out of rows and total, and reported by `gaps`; if all fail, `load` throws the error of the first.
 */
export const concatenateSources = <Item, P extends SourcePart<Item>>(
  parts: readonly P[],
  maxRows: number,
): Pick<PageSource<Item>, 'limits' | 'load'> & ConcatenatedSource<P> => {
  const sources = parts.map((part) => ({ part, source: createPartialSource<Item>(part, maxRows) }));

  const load = async (window: Window): ReturnType<PageSource<Item>['load']> => {
    const headRows = window.offset === 0 ? window.limit : 0;
    const readable = sources.filter(({ source }) => source.error() === undefined);
    const counts = await Promise.all(readable.map(({ source }) => source.count(headRows)));
    const lists = readable.flatMap(({ source }, index) => {
      const counted = counts[index];
      return counted ? [{ source, counted }] : [];
    });
    const [first] = sources;
    if (first && sources.every(({ source }) => source.error() !== undefined)) throw first.source.error()!;

    const end = window.offset + window.limit;
    let total = 0;
    const reads = lists.map(({ source, counted }) => {
      const start = total;
      total += counted.rows;
      const from = Math.max(0, window.offset - start);
      return source.read(counted, from, Math.min(counted.rows, end - start));
    });
    const slices = await Promise.all(reads);
    // A part failed, or has fewer rows than it counted: with that known, the window is read again.
    if (slices.includes(null)) return load(window);

    const reach = lists.some(({ source }) => source.isTruncated()) ? total : null;
    const extentAtEnd = reach === null ? WHOLE : cutExtent(reach);
    return {
      items: slices.flatMap((rows) => rows ?? []),
      total,
      extent: end >= total ? extentAtEnd : openExtent(reach),
    };
  };

  const sourceOf = (part: P) => sources.find((one) => one.part === part)?.source;
  return {
    limits: { pageSize: Math.min(...parts.map(({ limits }) => limits.pageSize)) },
    load,
    hasFailed: (part) => sourceOf(part)?.error() !== undefined,
    gaps: () =>
      sources.flatMap(({ part, source }) => {
        const error = source.gap();
        return error ? [{ part, error }] : [];
      }),
  };
};
