import DataLoader from 'dataloader';
import { type BatchObserver, describeWindow } from './batch-observer.ts';
import { type Extent, extentUpTo } from './extent.ts';
import { readRange, type RowRange, type RangeReader } from './range-reader.ts';
import { covers, type ListLimits, mergeWindows, type Page, type Window } from './window.ts';

/** How one kind of list is read. */
export interface ListReader<List, Item, Answer extends Page<Item>> {
  limits: ListLimits;
  /** What tells one list from another: lists with the same text are the same list. */
  nameOf: (list: List) => string;
  /** What tells one row from another. */
  keyOf: (item: Item) => string;
  /** One upstream call, of at most `limits.pageSize` rows. */
  read: (list: List, window: Window) => Promise<Answer>;
  observer?: BatchObserver;
}

/** The rows of a window, with what stands beside them. */
export type Rows<Item, Answer> = Omit<Answer, 'items'> & {
  items: readonly Item[];
  /** How these rows stand to the end of the list. */
  extent: Extent;
};

/** Reads windows of lists, with the fewest calls. */
export interface WindowLoader<List, Item, Answer> {
  load: (list: List, window: Window) => Promise<Rows<Item, Answer>>;
}

interface WindowRequest<List> {
  list: List;
  name: string;
  window: Window;
}

/** A window that is being read or was read. */
interface LoadedRange<Item, Answer> {
  /** All that needs no further call: it grows where the answer holds more than was asked for. */
  window: Window;
  range: Promise<RowRange<Item, Answer>>;
}

const loadRange = <Item, Answer extends Page<Item>>(
  source: RangeReader<Item, Answer>,
  window: Window,
): LoadedRange<Item, Answer> => {
  const stretch: LoadedRange<Item, Answer> = {
    window,
    range: readRange(source, window).then((span) => {
      const offset = Math.min(span.offset, window.offset);
      const isLast = span.extent.kind !== 'OPEN';
      stretch.window = { offset, limit: isLast ? Infinity : window.offset + window.limit - offset };
      return span;
    }),
  };
  return stretch;
};

const cut = <Item, Answer extends Page<Item>>(
  span: RowRange<Item, Answer>,
  { offset, limit }: Window,
): Rows<Item, Answer> => {
  const from = Math.max(0, offset - span.offset);
  const items = span.items.slice(from, from + limit);
  const extent = extentUpTo(span.extent, from + items.length, span.items.length);
  return { ...span.answer, items, extent };
};

/**
 * Windows asked for in one tick → the fewest calls: of each list, overlapping and touching windows are read once, and what was
 * read before is not read again. Lives for one request, and remembers what failed as well: a list that was refused, or not
 * answered in time, is not asked for again by every field that needs it.
 */
export const createWindowLoader = <List, Item, Answer extends Page<Item>>(
  reader: ListReader<List, Item, Answer>,
): WindowLoader<List, Item, Answer> => {
  const read = new Map<string, LoadedRange<Item, Answer>[]>();

  const stretchFor = ({ name, window }: WindowRequest<List>) =>
    read.get(name)?.find((stretch) => covers(stretch.window, window));

  const readMissing = (asked: readonly WindowRequest<List>[]) => {
    const missing = asked.filter((one) => !stretchFor(one));
    for (const [name, group] of Map.groupBy(missing, (one) => one.name)) {
      const { list } = group[0]!;
      const { limits, keyOf } = reader;
      const source = { limits, keyOf, read: (window: Window) => reader.read(list, window) };
      const windows = mergeWindows(group.map(({ window }) => window));
      for (const window of windows) reader.observer?.read(name, describeWindow(window));
      const stretches = windows.map((window) => loadRange(source, window));
      read.set(name, [...(read.get(name) ?? []), ...stretches]);
    }
  };

  const loader = new DataLoader<WindowRequest<List>, Rows<Item, Answer>, string>(
    (asked) => {
      readMissing(asked);
      return Promise.all(
        asked.map((one) =>
          stretchFor(one)!.range.then(
            (span) => cut(span, one.window),
            (error: Error) => error,
          ),
        ),
      );
    },
    { cacheKeyFn: ({ name, window }) => `${window.offset} ${window.limit} ${name}` },
  );
  return {
    load: (list, window) => {
      const name = reader.nameOf(list);
      reader.observer?.requested(name, describeWindow(window));
      return loader.load({ list, name, window });
    },
  };
};
