import { type Anchor, encodeCursor, listTag } from './cursor.ts';
import { slicePage } from './slice-page.ts';
import { type PageArguments, parsePageRequest, type PageSizes } from './page-request.ts';
import type { PageSource } from './page-source.ts';
import { countMatching, type Slice } from './full-scan.ts';

/** One row of a page. Its cursor is encoded only when it is read. */
class Edge<Item> {
  readonly node: Item;
  readonly #index: number;
  readonly #cursors: Cursors<Item>;
  constructor(node: Item, index: number, cursors: Cursors<Item>) {
    this.node = node;
    this.#index = index;
    this.#cursors = cursors;
  }
  get cursor(): string {
    return this.#cursors.at(this.#index);
  }
}

/** The cursors of the rows of a page. */
class Cursors<Item> {
  readonly #source: PageSource<Item>;
  readonly #slice: Slice<Item>;
  readonly #getTag: () => string;
  constructor(source: PageSource<Item>, slice: Slice<Item>, getTag: () => string) {
    this.#source = source;
    this.#slice = slice;
    this.#getTag = getTag;
  }

  /** Encodes the cursor of a row. */
  at(index: number): string {
    const { keyOf, sortTimeOf, order } = this.#source;
    const { rows, start } = this.#slice;
    const row = rows[index]!;
    return encodeCursor(this.#getTag(), {
      position: start + index,
      key: keyOf(row),
      value: order ? order.valueOf(row) : sortTimeOf(row),
      beside: this.#findNeighbour(index),
    });
  }

  #findNeighbour(index: number): Anchor['beside'] {
    const { keyOf } = this.#source;
    const { rows, previous, next } = this.#slice;
    const [before, after] = [rows[index - 1] ?? previous, rows[index + 1] ?? next];
    if (before !== undefined) return { key: keyOf(before), side: 'before' };
    return after === undefined ? null : { key: keyOf(after), side: 'after' };
  }
}

/**
 * The `pageInfo` of a page. A class, as an edge is: an object literal with getters keeps what its closures reference alive until the
 * next full garbage collection.
 */
class PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #rows: number;
  readonly #cursors: Pick<Cursors<unknown>, 'at'>;
  constructor(
    { hasNextPage, rows, start }: Slice<unknown>,
    size: number,
    cursors: Pick<Cursors<unknown>, 'at'>,
  ) {
    // An empty page has no end cursor: clients that continued without one would get the first page again.
    this.hasNextPage = hasNextPage && (rows.length > 0 || size === 0);
    this.hasPreviousPage = start > 0;
    this.#rows = rows.length;
    this.#cursors = cursors;
  }
  get startCursor(): string | null {
    return this.#rows === 0 ? null : this.#cursors.at(0);
  }
  get endCursor(): string | null {
    return this.#rows === 0 ? null : this.#cursors.at(this.#rows - 1);
  }
}

/** One page of a list. Edges, cursors and `pageInfo` are made when they are read. */
export class ConnectionPage<Item> {
  readonly nodes: readonly Item[];
  readonly totalCount: number | null;
  /** How many rows can be reached, if fewer than the list has. */
  readonly truncatedAt: number | null;
  readonly #slice: Slice<Item>;
  readonly #size: number;
  readonly #cursors: Cursors<Item>;

  constructor(source: PageSource<Item>, slice: Slice<Item>, size: number, getTag: () => string) {
    this.nodes = slice.rows;
    this.totalCount = slice.total;
    this.truncatedAt = slice.reach;
    this.#slice = slice;
    this.#size = size;
    this.#cursors = new Cursors(source, slice, getTag);
  }

  get edges(): Edge<Item>[] {
    return this.nodes.map((node, index) => new Edge(node, index, this.#cursors));
  }

  get pageInfo(): PageInfo {
    return new PageInfo(this.#slice, this.#size, this.#cursors);
  }
}

/** The edges of rows of a list, the first of which is at `start`: for rows that no page was read for. */
export const edgesOf = <Item>(source: PageSource<Item>, rows: readonly Item[], start = 0): Edge<Item>[] => {
  const slice: Slice<Item> = { rows, start, total: null, reach: null, hasNextPage: false };
  const cursors = new Cursors(source, slice, () => listTag(source.identity()));
  return rows.map((row, index) => new Edge(row, index, cursors));
};

/** A page without rows, for clients that select only facts about the list. */
const countRows = async <Item>(source: PageSource<Item>, maxRows: number): Promise<Slice<Item>> => {
  const none = { rows: [], start: 0, hasNextPage: false };
  if (source.matches) return { ...none, ...(await countMatching(source, maxRows)) };
  const { total, extent } = await source.load({ offset: 0, limit: 0 });
  return { ...none, total: source.order && extent.reach !== null ? null : total, reach: extent.reach };
};

/**
 * Reads one page of a list as a Relay connection. The arguments are checked before anything is read; without `rows`, only the total
 * is read.
 * @throws `BAD_USER_INPUT` for wrong arguments, `CONFLICT` or `RESULT_TRUNCATED` if the page cannot be located or read.
 */
export const readRelayConnection = async <Item>(
  source: PageSource<Item>,
  args: PageArguments,
  sizes: PageSizes,
  selected: { rows: boolean },
): Promise<ConnectionPage<Item>> => {
  let tag: string | undefined;
  const getTag = () => (tag ??= listTag(source.identity()));
  const request = parsePageRequest(args, getTag, sizes);
  const slice: Slice<Item> = selected.rows
    ? await slicePage(source, request, sizes.maxRows)
    : await countRows(source, sizes.maxRows);
  return new ConnectionPage(source, slice, request.size, getTag);
};
