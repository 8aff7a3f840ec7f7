import { GraphQLError } from 'graphql';
import { clientError } from '../errors/client-error.ts';
import { UpstreamError } from '../http/errors.ts';
import type { PageSource } from './page-source.ts';

/** An error for which one list of several is left out. */
export type SourceError = UpstreamError | GraphQLError;

/** The number of readable rows of a list, with the rows from its start that were read to count them. */
interface CountedRows<Item> {
  rows: number;
  head: readonly Item[];
}

/** One list of several: an error is kept, so that the other lists can be read without it. */
export interface PartialSource<Item> {
  /** Counts the readable rows, and reads the first `limit` of them. Null if that fails. */
  count: (limit: number) => Promise<CountedRows<Item> | null>;
  /**
   * Reads the rows from `from` to `to`. Null if that fails, or if fewer rows than counted can be read: the count has to be repeated.
   * @throws `CONFLICT` if the list changed since the count.
   */
  read: (counted: CountedRows<Item>, from: number, to: number) => Promise<readonly Item[] | null>;
  /** The error because of which no row can be read. */
  error: () => SourceError | undefined;
  /** Whether fewer rows can be read than the list has. */
  isTruncated: () => boolean;
  /** Why rows of the list are missing; undefined if none are. */
  gap: () => SourceError | undefined;
}

/** Whether an error is that of a list, and no mistake of the gateway. */
export const isSourceError = (error: unknown): error is SourceError =>
  error instanceof UpstreamError || error instanceof GraphQLError;

const listChangedError = () =>
  clientError('CONFLICT', 'A list changed while its pages were read. Ask again.', { retryable: true });

/** The error of a list of which only so many rows can be read. */
export const rowsMissingError = (rows: number) =>
  clientError('RESULT_TRUNCATED', `Only its first ${rows} rows can be read, and there are more.`);

/** A partial source that reads at most `maxRows` rows of a list. */
export const createPartialSource = <Item>(
  { load }: Pick<PageSource<Item>, 'load'>,
  maxRows: number,
): PartialSource<Item> => {
  let failure: SourceError | undefined;
  /** How many rows can be read; infinite while no limit is known. */
  let reach = Infinity;

  const nullOnFailure = async <T>(read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!isSourceError(error)) throw error;
      failure = error;
      return null;
    }
  };

  const countByReadingAll = async (): Promise<CountedRows<Item>> => {
    const { items, extent } = await load({ offset: 0, limit: maxRows });
    if (extent.kind !== 'WHOLE') reach = items.length;
    return { rows: items.length, head: items };
  };

  const countRows = async (limit: number): Promise<CountedRows<Item>> => {
    const { items, total, extent } = await load({ offset: 0, limit });
    if (total === null || (limit > 0 && extent.kind === 'CUT')) return countByReadingAll();
    const readable = Math.min(extent.reach ?? Infinity, reach);
    if (readable < total) reach = readable;
    return { rows: Math.min(total, readable), head: items };
  };

  const readRows = async ({ rows, head }: CountedRows<Item>, from: number, to: number) => {
    if (to <= from) return [];
    if (to <= head.length) return head.slice(from, to);
    const { items, total, extent } = await load({ offset: from, limit: to - from });
    if (items.length < to - from && extent.kind === 'CUT' && reach >= rows) {
      const recounted = await countByReadingAll();
      if (recounted.rows < rows) return null;
    }
    const isUnchanged = total === null || Math.min(total, reach) === rows;
    if (!isUnchanged || items.length !== to - from) throw listChangedError();
    return items;
  };

  const isTruncated = () => reach < Infinity;
  return {
    count: (limit) => nullOnFailure(() => countRows(limit)),
    read: (counted, from, to) => nullOnFailure(() => readRows(counted, from, to)),
    error: () => failure,
    isTruncated,
    gap: () => failure ?? (isTruncated() ? rowsMissingError(reach) : undefined),
  };
};
