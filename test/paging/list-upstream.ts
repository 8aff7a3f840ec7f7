import type { PageSource } from '../../src/paging/page-source.ts';
import { createWindowLoader } from '../../src/paging/window-loader.ts';
import type { ListLimits, Page, Window } from '../../src/paging/window.ts';

/** A row of the lists under test. */
export interface Row {
  id: string;
  createdAt: string | null;
  status?: string;
}

/** Rows `first` to `first + count - 1`, the newest first. */
export const rowsOf = (count: number, first = 0): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `r${first + i}`,
    createdAt: new Date(Date.UTC(2026, 0, 1) - (first + i) * 60_000).toISOString(),
  }));

/** The ids of rows. */
export const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);

/** How an upstream may answer other than it should. */
export interface Quirks {
  limits?: ListLimits;
  /** What it says the total is. */
  total?: (real: number, call: number) => number | null;
  ignoresPosition?: boolean;
  /** Refuses a position at or past its end. */
  refusesPastEnd?: boolean;
  ignoresLimit?: boolean;
  /** Rows of a page at most, whatever the limit. */
  cap?: number;
  /** Runs before an answer is made, with the number of the call. */
  before?: (call: number) => void | Promise<void>;
}

/** An upstream with a list that can be changed, and the calls it got as `offset+limit`. */
export const createUpstream = (rows: Row[], quirks: Quirks = {}) => {
  const calls: string[] = [];
  const limits = quirks.limits ?? { pageSize: 1000 };
  const busy = { now: 0, most: 0 };
  const read = async ({ offset, limit }: Window): Promise<Page<Row>> => {
    const call = calls.push(`${offset}+${limit}`);
    if (limit < 1 || limit > limits.pageSize || offset > (limits.lastOffset ?? Infinity))
      throw new Error(`refused: ${offset}+${limit}`);
    busy.most = Math.max(busy.most, (busy.now += 1));
    await quirks.before?.(call);
    await Promise.resolve();
    busy.now -= 1;
    if (quirks.refusesPastEnd && offset > 0 && offset >= rows.length)
      return { items: [], total: null, pastEnd: true };
    const from = quirks.ignoresPosition ? 0 : offset;
    const size = quirks.ignoresLimit ? Infinity : Math.min(limit, quirks.cap ?? limit);
    const items = rows.slice(from, from + size);
    return { items, total: quirks.total ? quirks.total(rows.length, call) : rows.length };
  };
  const reader = { limits, nameOf: (list: string) => list, keyOf: ({ id }: Row) => id };
  return {
    rows,
    calls,
    busy,
    limits,
    spanReader: { limits, keyOf: reader.keyOf, read },
    /** A loader as a request has it: each has a memory of its own. */
    loader: () =>
      createWindowLoader<string, Row, Page<Row>>({ ...reader, read: (_, window) => read(window) }),
    /** The list as one request sees it. */
    source(more: Partial<PageSource<Row>> = {}): PageSource<Row> {
      const loader = this.loader();
      return {
        identity: () => 'rows',
        limits,
        keyOf: reader.keyOf,
        sortTimeOf: ({ createdAt }) => createdAt,
        load: (window) => loader.load('rows', window),
        ...more,
      };
    },
  };
};

/** The client's error code of a failed promise. */
export const codeOf = async (failing: Promise<unknown>): Promise<unknown> => {
  try {
    await failing;
  } catch (error) {
    return (error as { extensions?: { code?: unknown } }).extensions?.code ?? error;
  }
  return 'no error';
};

/** Creates a promise that a test resolves. */
export const createGate = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
};
