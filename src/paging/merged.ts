import { GraphQLError } from 'graphql';
import { clientError } from '../client-error.ts';
import { UpstreamError } from '../http/errors.ts';
import type { PageSource } from './source.ts';
import { reachOf, type Window } from './window.ts';

/** One of several lists that are paged as one. */
export type Part<Item> = Pick<PageSource<Item>, 'limits' | 'load'>;

/** Several lists, one behind the other, as one. */
interface Merged<P> {
  /** What could not be read, or not to its end, and why: those rows are not in the list. Known once it was read. */
  gaps: () => { part: P; error: UpstreamError | GraphQLError }[];
}

/** How many rows of a part can be read, and those that were. */
interface Extent<Item> {
  part: Part<Item>;
  rows: number;
  head: readonly Item[];
}

const isFailure = (error: unknown): error is UpstreamError | GraphQLError =>
  error instanceof UpstreamError || error instanceof GraphQLError;

const moved = () =>
  clientError('CONFLICT', 'A list changed while its pages were read. Ask again.', { retryable: true });

const cutShort = (rows: number) =>
  clientError('RESULT_TRUNCATED', `Only its first ${rows} rows can be read, and there are more.`);

/**
 * Lists behind one another as one: a window is cut out of them where they would stand. All are read side by side, so that the
 * slowest decides; what fails is left out of rows and total alike, and told by `gaps`. Where all fail, the first failure is thrown.
 */
export const mergedSource = <Item, P extends Part<Item>>(
  parts: readonly P[],
  maxRows: number,
): Pick<PageSource<Item>, 'limits' | 'load'> & Merged<P> => {
  const failed = new Map<P, UpstreamError | GraphQLError>();
  const short = new Map<P, number>();

  const unlessFailing = async <T>(part: P, read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.set(part, error);
      return null;
    }
  };

  /** Without a total only the rows themselves tell how many there are. */
  const extentOf = async (part: P, limit: number): Promise<Extent<Item>> => {
    const first = await part.load({ offset: 0, limit });
    const reach = reachOf(part.limits);
    if (first.total !== null) {
      if (first.total > reach) short.set(part, reach);
      return { part, rows: Math.min(first.total, reach), head: first.items };
    }
    const { items, ended } =
      first.ended && limit > 0 ? first : await part.load({ offset: 0, limit: maxRows });
    if (!ended) short.set(part, items.length);
    return { part, rows: items.length, head: items };
  };

  const rowsOf = async ({ part, rows, head }: Extent<Item>, from: number, to: number) => {
    if (to <= from) return [];
    if (to <= head.length) return head.slice(from, to);
    const read = await part.load({ offset: from, limit: to - from });
    const known = read.total === null || Math.min(read.total, reachOf(part.limits)) === rows;
    if (!known || read.items.length !== to - from) throw moved();
    return read.items;
  };

  const load = async (window: Window): ReturnType<PageSource<Item>['load']> => {
    const asked = parts.filter((part) => !failed.has(part));
    const ahead = window.offset === 0 ? window.limit : 0;
    const read = await Promise.all(asked.map((part) => unlessFailing(part, () => extentOf(part, ahead))));
    if (failed.size === parts.length && parts.length > 0) throw failed.get(parts[0]!)!;
    const extents = read.filter((extent) => extent !== null);
    const end = window.offset + window.limit;
    const starts = extents.map((_, at) => extents.slice(0, at).reduce((sum, { rows }) => sum + rows, 0));
    const pieces = await Promise.all(
      extents.map((extent, at) => {
        const from = Math.max(0, window.offset - starts[at]!);
        const to = Math.min(extent.rows, end - starts[at]!);
        return unlessFailing(extent.part as P, () => rowsOf(extent, from, to));
      }),
    );
    if (pieces.some((piece) => piece === null)) return load(window); // without what has failed meanwhile
    const total = extents.reduce((sum, { rows }) => sum + rows, 0);
    return { items: pieces.flatMap((piece) => piece ?? []), total, ended: end >= total };
  };

  return {
    limits: { pageSize: Math.min(...parts.map(({ limits }) => limits.pageSize)) },
    load,
    gaps: () =>
      parts.flatMap((part) => {
        const error = failed.get(part) ?? (short.has(part) ? cutShort(short.get(part)!) : undefined);
        return error ? [{ part, error }] : [];
      }),
  };
};
