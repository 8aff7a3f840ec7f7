import { badInput, clientError } from '../client-error.ts';
import { type Anchor, decodeCursor, encodeCursor, listTag } from './cursor.ts';
import type { Rows } from './loader.ts';
import { type ListLimits, type Page, reachOf, type Window } from './window.ts';

/** The arguments that every list takes. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** How many rows a page has where the client does not say, and at most; and how many rows of a list are ever read. */
export interface PageSizes {
  default: number;
  max: number;
  maxRows: number;
}

/** An order that the gateway makes itself. Rows without a value come last in both directions. */
export interface RowOrder<Item> {
  valueOf(row: Item): string | null;
  direction: 'ASC' | 'DESC';
}

/** A list that can be read a window at a time. */
export interface PageSource<Item> {
  /** What a cursor is bound to: the list with its filter and order. */
  identity: string;
  limits: ListLimits;
  keyOf(row: Item): string;
  createdAtOf(row: Item): string | null;
  load(window: Window): Promise<Rows<Item, Page<Item>>>;
  /** What of the filter the upstream cannot do. */
  matches?: ((row: Item) => boolean) | undefined;
  /** The order, where the upstream cannot make it. */
  order?: RowOrder<Item> | undefined;
}

/** One row of a page. Its cursor is made only when it is asked for. */
export class Edge<Item> {
  readonly node: Item;
  readonly #tag: string;
  readonly #anchor: () => Anchor;
  constructor(node: Item, tag: string, anchor: () => Anchor) {
    this.node = node;
    this.#tag = tag;
    this.#anchor = anchor;
  }
  get cursor(): string {
    return encodeCursor(this.#tag, this.#anchor());
  }
}

/** One page of a list. */
export interface ConnectionPage<Item> {
  edges: Edge<Item>[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  totalCount: number | null;
  /** How many rows can be reached, where that is fewer than there are. */
  truncatedAt: number | null;
}

interface Request {
  size: number;
  backwards: boolean;
  after: Anchor | null;
  before: Anchor | null;
}

/** A stretch of rows, and where in the list its first row stands. */
interface Cut<Item> {
  rows: readonly Item[];
  start: number;
  total: number | null;
  hasNextPage: boolean;
}

const sizeOf = (name: string, value: number, max: number): number => {
  if (value < 0 || value > max) throw badInput(`\`${name}\` must be from 0 to ${max}.`);
  return value;
};

const anchorOf = (name: string, cursor: string | null | undefined, tag: string): Anchor | null => {
  if (cursor === null || cursor === undefined) return null;
  const anchor = decodeCursor(tag, cursor);
  if (!anchor) {
    throw badInput(`\`${name}\` is not a cursor of this list with this filter and order. Take it from \`pageInfo\`.`);
  }
  return anchor;
};

/** The arguments, checked before anything is read. */
const requestOf = (args: PageArguments, tag: string, sizes: PageSizes): Request => {
  const { first, last } = args;
  if (typeof first === 'number' && typeof last === 'number') {
    throw badInput('Give `first` or `last`, not both.');
  }
  return {
    size: typeof last === 'number' ? sizeOf('last', last, sizes.max) : sizeOf('first', first ?? sizes.default, sizes.max),
    backwards: typeof last === 'number',
    after: anchorOf('after', args.after, tag),
    before: anchorOf('before', args.before, tag),
  };
};

const truncated = (rows: number) =>
  clientError(
    'RESULT_TRUNCATED',
    `The upstream lets only the first ${rows} rows of this list be read, and the answer needs more. ` +
      'Ask for rows before that, without a filter or order that needs the whole list.',
  );

const placeUnknown = () =>
  clientError(
    'CONFLICT',
    'The row that this cursor stands for is gone, and its place in the list cannot be told. Start again without a cursor.',
  );

const timeOf = (value: string | null): number => (value === null ? Number.NaN : Date.parse(value));

type Ranked = { value: number; key: string };

const byOrder =
  (direction: 'ASC' | 'DESC') =>
  (a: Ranked, b: Ranked): number => {
    const [aMissing, bMissing] = [Number.isNaN(a.value), Number.isNaN(b.value)];
    if (aMissing !== bMissing) return aMissing ? 1 : -1;
    if (!aMissing && a.value !== b.value) return direction === 'ASC' ? a.value - b.value : b.value - a.value;
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  };

const inOrder = <Item>(
  rows: readonly Item[],
  order: RowOrder<Item>,
  keyOf: (row: Item) => string,
): readonly Item[] => {
  const compare = byOrder(order.direction);
  const ranked = rows.map((row) => ({ row, value: timeOf(order.valueOf(row)), key: keyOf(row) }));
  return ranked.sort(compare).map(({ row }) => row);
};

/** A list read to its end, or as far as it can be, in its order. */
class WholeList<Item> {
  readonly rows: readonly Item[];
  readonly total: number | null;
  readonly ended: boolean;
  readonly #source: PageSource<Item>;

  constructor(source: PageSource<Item>, { items, total, ended }: Rows<Item, Page<Item>>) {
    this.#source = source;
    this.rows = source.order ? inOrder(items, source.order, source.keyOf) : items;
    this.total = total;
    this.ended = ended;
    if ((source.matches ?? source.order) && !ended) throw truncated(items.length); // only right over every row
  }

  static async read<Item>(source: PageSource<Item>, maxRows: number): Promise<WholeList<Item>> {
    return new WholeList(source, await source.load({ offset: 0, limit: maxRows }));
  }

  /** How many rows stand before the anchor, and whether its own row is still there. */
  place(anchor: Anchor): { before: number; present: boolean } {
    const { keyOf, order } = this.#source;
    const index = this.rows.findIndex((row) => keyOf(row) === anchor.key);
    if (index >= 0) return { before: index, present: true };
    if (!this.ended) throw truncated(this.rows.length);
    return { before: order ? this.#ordered(anchor, order) : this.#chronological(anchor), present: false };
  }

  #ordered(anchor: Anchor, order: RowOrder<Item>): number {
    const compare = byOrder(order.direction);
    const gone = { value: timeOf(anchor.createdAt), key: anchor.key };
    const next = this.rows.findIndex(
      (row) => compare({ value: timeOf(order.valueOf(row)), key: this.#source.keyOf(row) }, gone) > 0,
    );
    return next < 0 ? this.rows.length : next;
  }

  /** Without a promised order the place shows only where the rows do stand in order of creation, one way or the other. */
  #chronological(anchor: Anchor): number {
    const gone = timeOf(anchor.createdAt);
    const times = this.rows.map((row) => timeOf(this.#source.createdAtOf(row)));
    const rising = times.every((time, i) => i === 0 || time >= times[i - 1]!);
    const falling = times.every((time, i) => i === 0 || time <= times[i - 1]!);
    const tellable = times.length === 0 || (rising !== falling && !times.includes(gone) && !Number.isNaN(gone));
    if (!tellable) throw placeUnknown();
    const next = times.findIndex((time) => (rising ? time > gone : time < gone));
    return next < 0 ? times.length : next;
  }
}

/** The page out of a list that was read whole: any filter, any order, any pair of cursors. */
const cutWhole = async <Item>(
  source: PageSource<Item>,
  { size, backwards, after, before }: Request,
  maxRows: number,
): Promise<Cut<Item>> => {
  const list = await WholeList.read(source, maxRows);
  const matching = list.rows.map((row, at) => ({ row, at })).filter(({ row }) => source.matches?.(row) ?? true);

  let from = 0;
  let to = matching.length;
  if (after) {
    const { before: rowsBefore, present } = list.place(after);
    const start = present ? rowsBefore + 1 : rowsBefore;
    from = matching.findIndex(({ at }) => at >= start);
    if (from < 0) from = matching.length;
  }
  if (before) {
    const end = list.place(before).before;
    const last = matching.findIndex(({ at }) => at >= end);
    to = last < 0 ? matching.length : last;
  }
  const start = backwards ? Math.max(from, to - size) : from;
  const end = backwards ? to : Math.min(to, from + size);
  const rows = matching.slice(start, Math.max(start, end)).map(({ row }) => row);
  return {
    rows,
    start,
    total: source.matches ? matching.length : list.total,
    hasNextPage: start + rows.length < matching.length || !list.ended,
  };
};

const hasRowAt = async <Item>(source: PageSource<Item>, offset: number): Promise<boolean> =>
  (await source.load({ offset, limit: 1 })).items.length > 0;

/** `first` rows, after the anchor where there is one. The anchor's own row is read too: it tells whether the list moved. */
const cutForwards = async <Item>(
  source: PageSource<Item>,
  request: Request,
  maxRows: number,
): Promise<Cut<Item>> => {
  const { size, after } = request;
  const start = after ? after.position + 1 : 0;
  const { items, total, ended } = await source.load({
    offset: after ? after.position : 0,
    limit: after ? size + 1 : size,
  });
  const anchor = items[0];
  if (after && (anchor === undefined || source.keyOf(anchor) !== after.key)) {
    return cutWhole(source, request, maxRows);
  }
  const rows = after ? items.slice(1) : items;
  if (rows.length === 0 && size > 0 && !ended && start >= reachOf(source.limits)) throw truncated(start);
  const more = !ended && (total !== null || (await hasRowAt(source, start + rows.length)));
  return { rows, start, total, hasNextPage: more };
};

/** `last` rows before the anchor. */
const cutBackwards = async <Item>(
  source: PageSource<Item>,
  request: Request,
  before: Anchor,
  maxRows: number,
): Promise<Cut<Item>> => {
  const start = Math.max(0, before.position - request.size);
  const { items, total } = await source.load({ offset: start, limit: before.position - start + 1 });
  const anchor = items[before.position - start];
  if (anchor === undefined || source.keyOf(anchor) !== before.key) return cutWhole(source, request, maxRows);
  return { rows: items.slice(0, -1), start, total, hasNextPage: true };
};

/** The end of the list. The largest first page tells the total, and most often holds the end as well. */
const cutEnd = async <Item>(source: PageSource<Item>, request: Request, maxRows: number): Promise<Cut<Item>> => {
  const { limits, keyOf } = source;
  const head = await source.load({ offset: 0, limit: limits.pageSize });
  const { total } = head;
  if (head.ended || total === null) return cutWhole(source, request, maxRows);
  if (total > reachOf(limits)) throw truncated(reachOf(limits));
  const start = Math.max(0, total - request.size);
  const tail = await source.load({ offset: start, limit: total - start });
  const known = new Map(head.items.map((row, position) => [keyOf(row), position]));
  const unmoved =
    tail.total === total &&
    tail.items.length === total - start &&
    tail.items.every((row, i) => known.get(keyOf(row)) === (start + i < known.size ? start + i : undefined));
  return unmoved
    ? { rows: tail.items, start, total, hasNextPage: false }
    : cutWhole(source, request, maxRows);
};

const cut = <Item>(source: PageSource<Item>, request: Request, maxRows: number): Promise<Cut<Item>> => {
  const { backwards, after, before } = request;
  const gatewayOnly = source.matches !== undefined || source.order !== undefined;
  if (gatewayOnly || (after && before) || (backwards ? after : before)) return cutWhole(source, request, maxRows);
  if (!backwards) return cutForwards(source, request, maxRows);
  return before ? cutBackwards(source, request, before, maxRows) : cutEnd(source, request, maxRows);
};

/** The total alone, for the price of one row. */
const countOnly = async <Item>(source: PageSource<Item>, request: Request, maxRows: number): Promise<number | null> =>
  source.matches
    ? (await cutWhole(source, { ...request, after: null, before: null }, maxRows)).total
    : (await source.load({ offset: 0, limit: 0 })).total;

/**
 * Any list → one page of a Relay connection. Bad arguments are refused before anything is read; without `rows` only the total
 * is read.
 */
export const connectionOf = async <Item>(
  source: PageSource<Item>,
  args: PageArguments,
  sizes: PageSizes,
  wants: { rows: boolean },
): Promise<ConnectionPage<Item>> => {
  const tag = listTag(source.identity);
  const request = requestOf(args, tag, sizes);
  const { rows, start, total, hasNextPage } = wants.rows
    ? await cut(source, request, sizes.maxRows)
    : { rows: [], start: 0, total: await countOnly(source, request, sizes.maxRows), hasNextPage: false };

  const sortValue = source.order ? source.order.valueOf : source.createdAtOf;
  const edges = rows.map(
    (row, index) =>
      new Edge(row, tag, () => ({ position: start + index, key: source.keyOf(row), createdAt: sortValue(row) })),
  );
  const reach = reachOf(source.limits);
  return {
    edges,
    pageInfo: {
      hasNextPage,
      hasPreviousPage: start > 0,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    totalCount: total,
    truncatedAt: total !== null && total > reach ? reach : null,
  };
};
