import DataLoader from 'dataloader';
import { type BatchObserver, describeWindow } from './batch-observer.ts';
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

interface WindowRequest<List> {
  list: List;
  name: string;
  window: Window;
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

/**
 * A loader for one request that batches the windows of one tick: overlapping and adjacent windows of a list are read once, and rows
 * that were read before are not read again. Failures are kept too, so that not every field that needs a refused list calls again.
 */
export const createWindowLoader = <List, Item, Answer extends Page<Item>>(
  reader: ListReader<List, Item, Answer>,
): WindowLoader<List, Item, Answer> => {
  const rangesByList = new Map<string, LoadedRange<Item, Answer>[]>();

  const findLoaded = ({ name, window }: Pick<WindowRequest<List>, 'name' | 'window'>) =>
    rangesByList.get(name)?.find((loaded) => answers(loaded, window));

  const loadMissing = (requests: readonly WindowRequest<List>[]) => {
    const missing = requests.filter((request) => !findLoaded(request));
    for (const [name, group] of Map.groupBy(missing, (request) => request.name)) {
      const { list } = group[0]!;
      const { limits, keyOf } = reader;
      const source = { limits, keyOf, read: (window: Window) => reader.read(list, window) };
      const windows = mergeWindows(group.map(({ window }) => window));
      for (const window of windows) reader.observer?.read(name, describeWindow(window));
      const ranges = windows.map((window) => loadRange(source, window));
      rangesByList.set(name, [...(rangesByList.get(name) ?? []), ...ranges]);
    }
  };

  const loader = new DataLoader<WindowRequest<List>, Rows<Item, Answer>, string>(
    (requests) => {
      loadMissing(requests);
      return Promise.all(
        requests.map((request) =>
          findLoaded(request)!.range.then(
            (range) => sliceRange(range, request.window),
            (error: Error) => error,
          ),
        ),
      );
    },
    {
      cacheKeyFn: ({ name, window: { offset, limit, wholeOnly } }) =>
        `${offset} ${limit} ${wholeOnly === true ? 'whole ' : ''}${name}`,
    },
  );
  return {
    load: (list, window) => {
      const name = reader.nameOf(list);
      reader.observer?.requested(name, describeWindow(window));
      return loader.load({ list, name, window });
    },
    has: (list, window) => findLoaded({ name: reader.nameOf(list), window }) !== undefined,
  };
};
