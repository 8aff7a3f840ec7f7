import type { BatchObserver } from './batch-observer.ts';
import { type Extent, extentUpTo } from './extent.ts';
import { readRange, type RowRange } from './range-reader.ts';
import type { PageReader } from './read-pages.ts';
import { covers, type ListLimits, mergeWindows, type Page, type Window } from './window.ts';

/** How lists of one kind are read. */
export interface ListReader<List, Item, Answer extends Page<Item>> {
  limits: ListLimits;
  /** Unique text for a list. */
  nameOf: (list: List) => string;
  /** Unique text for a row of a list. */
  keyOf: (item: Item) => string;
  /** Reads at most `limits.pageSize` rows with one upstream call. */
  read: (list: List, window: Window) => Promise<Answer>;
  observer?: BatchObserver;
}

/** The rows of a window, with the other fields of the upstream's answer. */
export type Rows<Item, Answer> = Omit<Answer, 'items'> & {
  items: readonly Item[];
  /** Whether the list ends after these rows. */
  extent: Extent;
};

/** Reads windows of lists with few calls. */
export interface WindowLoader<List, Item, Answer> {
  load: (list: List, window: Window) => Promise<Rows<Item, Answer>>;
  /** Whether a window was read, or is being read. */
  has: (list: List, window: Window) => boolean;
}

/** A range that is being read or was read. */
interface LoadedRange<Item, Answer> {
  requested: Window;
  /** The window that the range covers. It grows if the answer holds more than was requested. */
  window: Window;
  range: Promise<RowRange<Item, Answer>>;
}

const loadRange = <Item, Answer extends Page<Item>>(
  source: PageReader<Item, Answer>,
  window: Window,
): LoadedRange<Item, Answer> => {
  const { wholeOnly, ...rows } = window;
  const loaded: LoadedRange<Item, Answer> = {
    requested: window,
    window: wholeOnly ? { ...rows, limit: Math.min(rows.limit, source.limits.pageSize) } : rows,
    range: readRange(source, window).then((range) => {
      const offset = Math.min(range.offset, window.offset);
      const isLast = range.extent.kind !== 'OPEN';
      const end = wholeOnly ? range.offset + range.items.length : window.offset + window.limit;
      loaded.window = { offset, limit: isLast ? Infinity : end - offset };
      return range;
    }),
  };
  return loaded;
};

/** Whether a range answers a request: it has all its rows, or was read for the whole list as well. */
const answers = <Item, Answer>({ window, requested }: LoadedRange<Item, Answer>, wanted: Window): boolean =>
  covers(window, wanted) ||
  (wanted.wholeOnly === true && requested.wholeOnly === true && covers(requested, wanted));

const sliceRange = <Item, Answer extends Page<Item>>(
  range: RowRange<Item, Answer>,
  { offset, limit }: Window,
): Rows<Item, Answer> => {
  const from = Math.max(0, offset - range.offset);
  const items = range.items.slice(from, from + limit);
  const extent = extentUpTo(range.extent, from + items.length, range.items.length);
  return { ...range.answer, items, extent };
};

/** A window that was requested, and its rows. */
interface WindowRequest<Item, Answer> {
  window: Window;
  rows: Promise<Rows<Item, Answer>>;
}

/** A request that waits for the end of the tick. */
interface WaitingRequest<Item, Answer> {
  window: Window;
  resolve: (rows: Rows<Item, Answer>) => void;
  reject: (error: unknown) => void;
}

/** One list: what was requested of it, and what was read. */
interface ListState<Item, Answer extends Page<Item>> {
  name: string;
  reader: PageReader<Item, Answer>;
  requests: WindowRequest<Item, Answer>[];
  ranges: LoadedRange<Item, Answer>[];
  waiting: WaitingRequest<Item, Answer>[];
}

const findRange = <Item, Answer extends Page<Item>>(
  { ranges }: ListState<Item, Answer>,
  window: Window,
): LoadedRange<Item, Answer> | undefined => ranges.find((loaded) => answers(loaded, window));

const isSame = (a: Window, b: Window): boolean =>
  a.offset === b.offset && a.limit === b.limit && (a.wholeOnly ?? false) === (b.wholeOnly ?? false);

const settle = <Item, Answer extends Page<Item>>(
  { window, resolve, reject }: WaitingRequest<Item, Answer>,
  result: PromiseSettledResult<RowRange<Item, Answer>>,
): void => {
  if (result.status === 'rejected') reject(result.reason);
  else resolve(sliceRange(result.value, window));
};

/** Runs a function when all promise callbacks of this tick have run, and what they started. */
const atEndOfTick = (run: () => void): void => void Promise.resolve().then(() => process.nextTick(run));

/**
 * A loader for one request that batches the windows of one tick: overlapping and adjacent windows of a list are read once, and rows
 * that were read before are not read again. Failures are kept too, so that not every field that needs a refused list calls again.
 */
export const createWindowLoader = <List, Item, Answer extends Page<Item>>(
  reader: ListReader<List, Item, Answer>,
): WindowLoader<List, Item, Answer> => {
  const { limits, keyOf, observer } = reader;
  const lists = new Map<string, ListState<Item, Answer>>();
  let batch: ListState<Item, Answer>[] = [];

  const stateOf = (list: List): ListState<Item, Answer> => {
    const name = reader.nameOf(list);
    const known = lists.get(name);
    if (known) return known;
    const read = (window: Window) => reader.read(list, window);
    const state = { name, reader: { limits, keyOf, read }, requests: [], ranges: [], waiting: [] };
    lists.set(name, state);
    return state;
  };

  /** Begins the reads of one list. Returns its requests, each with the range that has its rows. */
  const readWaiting = (state: ListState<Item, Answer>) => {
    const waiting = state.waiting.splice(0);
    const missing = waiting.filter(({ window }) => !findRange(state, window));
    for (const window of mergeWindows(missing.map((one) => one.window))) {
      observer?.read(state.name, window);
      state.ranges.push(loadRange(state.reader, window));
    }
    return waiting.map((request) => ({ request, range: findRange(state, request.window)!.range }));
  };

  /** Reads a batch. Its requests are settled together, so that what fields load next is one batch again. */
  const readBatch = async (): Promise<void> => {
    const states = batch;
    batch = [];
    const requests = states.flatMap(readWaiting);
    const results = await Promise.allSettled(requests.map(({ range }) => range));
    for (const [index, { request }] of requests.entries()) settle(request, results[index]!);
  };

  const enqueue = (state: ListState<Item, Answer>, window: Window): Promise<Rows<Item, Answer>> =>
    new Promise((resolve, reject) => {
      if (batch.length === 0) atEndOfTick(() => void readBatch());
      if (state.waiting.length === 0) batch.push(state);
      state.waiting.push({ window, resolve, reject });
    });

  return {
    load: (list, window) => {
      const state = stateOf(list);
      observer?.requested(state.name, window);
      const known = state.requests.find((one) => isSame(one.window, window));
      if (known) return known.rows;
      const rows = enqueue(state, window);
      state.requests.push({ window, rows });
      return rows;
    },
    has: (list, window) => findRange(stateOf(list), window) !== undefined,
  };
};
