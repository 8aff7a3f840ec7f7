import DataLoader from 'dataloader';
import { readSpan, type Span, type SpanReader } from './span.ts';
import { covers, type ListLimits, mergeWindows, type Page, type Window } from './window.ts';

/** How one kind of list is read. */
export interface ListReader<List, Item, Answer extends Page<Item>> {
  limits: ListLimits;
  /** What tells one list from another: lists with the same text are the same list. */
  nameOf(list: List): string;
  /** What tells one row from another. */
  keyOf(item: Item): string;
  /** One upstream call, of at most `limits.pageSize` rows. */
  read(list: List, window: Window): Promise<Answer>;
}

/** The rows of a window, with what stands beside them. */
export type Rows<Item, Answer> = Omit<Answer, 'items'> & {
  items: readonly Item[];
  /** Whether the list ends with these rows. */
  ended: boolean;
};

/** Reads windows of lists, with the fewest calls. */
export interface WindowLoader<List, Item, Answer> {
  load(list: List, window: Window): Promise<Rows<Item, Answer>>;
}

interface Asked<List> {
  list: List;
  name: string;
  window: Window;
}

/**
 * Windows asked for in one tick → the fewest calls: of each list, overlapping and touching windows are read once, and what was
 * read before is not read again. Lives for one request.
 */
export const windowLoader = <List, Item, Answer extends Page<Item>>(
  reader: ListReader<List, Item, Answer>,
): WindowLoader<List, Item, Answer> => {
  type Stretch = { window: Window; span: Promise<Span<Item, Answer>> };
  const read = new Map<string, Stretch[]>();

  const stretchFor = (name: string, window: Window) =>
    read.get(name)?.find((stretch) => covers(stretch.window, window));

  const stretchOf = (source: SpanReader<Item, Answer>, window: Window): Stretch => {
    const stretch: Stretch = { window, span: readSpan(source, window) };
    stretch.span.then(
      ({ ended }) => {
        if (ended) stretch.window = { ...window, limit: Number.POSITIVE_INFINITY };
      },
      () => {}, // told to those who asked for the rows
    );
    return stretch;
  };

  const readMissing = (asked: readonly Asked<List>[]) => {
    const missing = Map.groupBy(
      asked.filter(({ name, window }) => !stretchFor(name, window)),
      ({ name }) => name,
    );
    for (const [name, group] of missing) {
      const { list } = group[0]!;
      const { limits, keyOf } = reader;
      const source = { limits, keyOf, read: (window: Window) => reader.read(list, window) };
      const stretches = mergeWindows(group.map(({ window }) => window)).map((window) => stretchOf(source, window));
      read.set(name, [...(read.get(name) ?? []), ...stretches]);
    }
  };

  const cut = async ({ name, window }: Asked<List>): Promise<Rows<Item, Answer>> => {
    const span = await stretchFor(name, window)!.span;
    const from = Math.max(0, window.offset - span.offset);
    const items = span.items.slice(from, from + window.limit);
    const ended = span.ended && from + items.length >= span.items.length;
    return { ...span.answer, items, ended };
  };

  const loader = new DataLoader<Asked<List>, Rows<Item, Answer>, string>(
    (asked) => {
      readMissing(asked);
      return Promise.all(asked.map((one) => cut(one).catch((error: Error) => error)));
    },
    { cacheKeyFn: ({ name, window }) => `${window.offset} ${window.limit} ${name}` },
  );
  return { load: (list, window) => loader.load({ list, name: reader.nameOf(list), window }) };
};
