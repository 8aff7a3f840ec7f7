import { GraphQLError } from 'graphql';
import { clientError } from '../errors/client-error.ts';
import { UpstreamError } from '../http/errors.ts';
import { cutExtent, openExtent, WHOLE } from './extent.ts';
import type { PageSource } from './page-source.ts';
import type { Window } from './window.ts';

/** One of several lists that are paged as one. */
export type SourcePart<Item> = Pick<PageSource<Item>, 'limits' | 'load'>;

/** Several lists, one behind the other, as one. */
interface ConcatenatedSource<P> {
  /** What could not be read, or not to its end, and why: those rows are not in the list. Known once it was read. */
  gaps: () => { part: P; error: UpstreamError | GraphQLError }[];
  /** Whether nothing of a part could be read. */
  isDown: (part: P) => boolean;
}

/** How many rows of a part can be read, and those that were. */
interface Measured<Item> {
  part: SourcePart<Item>;
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
export const concatenateSources = <Item, P extends SourcePart<Item>>(
  parts: readonly P[],
  maxRows: number,
): Pick<PageSource<Item>, 'limits' | 'load'> & ConcatenatedSource<P> => {
  const failed = new Map<P, UpstreamError | GraphQLError>();
  /** How many rows of a part can be read, where that is fewer than there are. */
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

  /** A part whose rows were read as far as they can be. */
  const readWhole = async (part: P): Promise<Measured<Item>> => {
    const { items, extent } = await part.load({ offset: 0, limit: maxRows });
    if (extent.kind !== 'WHOLE') short.set(part, items.length);
    return { part, rows: items.length, head: items };
  };

  /** Without a total only the rows themselves tell how many there are. */
  const measured = async (part: P, limit: number): Promise<Measured<Item>> => {
    const { items, total, extent } = await part.load({ offset: 0, limit });
    if (total === null || (limit > 0 && extent.kind === 'CUT')) return readWhole(part);
    const reach = Math.min(extent.reach ?? Infinity, short.get(part) ?? Infinity);
    if (reach < total) short.set(part, reach);
    return { part, rows: Math.min(total, reach), head: items };
  };

  /** Null where the part turned out to hand out fewer rows than it counts. */
  const rowsOf = async ({ part, rows, head }: Measured<Item>, from: number, to: number) => {
    if (to <= from) return [];
    if (to <= head.length) return head.slice(from, to);
    const read = await part.load({ offset: from, limit: to - from });
    if (
      read.items.length < to - from &&
      read.extent.kind === 'CUT' &&
      (short.get(part as P) ?? rows) >= rows
    ) {
      const { rows: least } = await readWhole(part as P);
      if (least < rows) return null;
    }
    const known = read.total === null || Math.min(read.total, short.get(part as P) ?? Infinity) === rows;
    if (!known || read.items.length !== to - from) throw moved();
    return read.items;
  };

  const load = async (window: Window): ReturnType<PageSource<Item>['load']> => {
    const asked = parts.filter((part) => !failed.has(part));
    const ahead = window.offset === 0 ? window.limit : 0;
    const read = await Promise.all(asked.map((part) => unlessFailing(part, () => measured(part, ahead))));
    if (failed.size === parts.length && parts.length > 0) throw failed.get(parts[0]!)!;
    const lists = read.filter((list) => list !== null);
    const end = window.offset + window.limit;
    const starts = lists.map((_, at) => lists.slice(0, at).reduce((sum, { rows }) => sum + rows, 0));
    const pieces = await Promise.all(
      lists.map((list, at) => {
        const from = Math.max(0, window.offset - starts[at]!);
        const to = Math.min(list.rows, end - starts[at]!);
        return unlessFailing(list.part as P, () => rowsOf(list, from, to));
      }),
    );
    if (pieces.some((piece) => piece === null)) return load(window); // with what is known by now
    const total = lists.reduce((sum, { rows }) => sum + rows, 0);
    const reach = lists.some(({ part }) => short.has(part as P)) ? total : null;
    const last = reach === null ? WHOLE : cutExtent(reach);
    return {
      items: pieces.flatMap((piece) => piece ?? []),
      total,
      extent: end >= total ? last : openExtent(reach),
    };
  };

  return {
    limits: { pageSize: Math.min(...parts.map(({ limits }) => limits.pageSize)) },
    load,
    isDown: (part) => failed.has(part),
    gaps: () =>
      parts.flatMap((part) => {
        const error = failed.get(part) ?? (short.has(part) ? cutShort(short.get(part)!) : undefined);
        return error ? [{ part, error }] : [];
      }),
  };
};
