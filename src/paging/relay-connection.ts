import { type Anchor, encodeCursor, listTag } from './cursor.ts';
import { slicePage } from './slice-page.ts';
import { type PageArguments, parsePageRequest, type PageSizes } from './page-request.ts';
import type { PageSource } from './page-source.ts';
import { countMatching, type Slice } from './full-scan.ts';

/** One row of a page. Its cursor is encoded only when it is read. */
class Edge<Item> {
  readonly node: Item;
  readonly #index: number;
  readonly #encodeCursorAt: (index: number) => string;
  constructor(node: Item, index: number, encodeCursorAt: (index: number) => string) {
    this.node = node;
    this.#index = index;
    this.#encodeCursorAt = encodeCursorAt;
  }
  get cursor(): string {
    return this.#encodeCursorAt(this.#index);
  }
}

/**
 * The `pageInfo` of a page. A class, as an edge is: an object literal with getters keeps what its closures reference alive until the
 * next full garbage collection.
 */
class PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #edges: readonly Edge<unknown>[];
  constructor({ hasNextPage, start }: Slice<unknown>, edges: readonly Edge<unknown>[], size: number) {
    // An empty page has no end cursor: clients that continued without one would get the first page again.
    this.hasNextPage = hasNextPage && (edges.length > 0 || size === 0);
    this.hasPreviousPage = start > 0;
    this.#edges = edges;
  }
  get startCursor(): string | null {
    return this.#edges[0]?.cursor ?? null;
  }
  get endCursor(): string | null {
    return this.#edges.at(-1)?.cursor ?? null;
  }
}

/** One page of a list. */
export interface ConnectionPage<Item> {
  edges: Edge<Item>[];
  pageInfo: PageInfo;
  totalCount: number | null;
  /** How many rows can be reached, if fewer than the list has. */
  truncatedAt: number | null;
}

const createCursorEncoder = <Item>(
  { keyOf, sortTimeOf, order }: PageSource<Item>,
  getTag: () => string,
  { rows, start, previous, next }: Slice<Item>,
): ((index: number) => string) => {
  const findNeighbour = (index: number): Anchor['beside'] => {
    const [before, after] = [rows[index - 1] ?? previous, rows[index + 1] ?? next];
    if (before !== undefined) return { key: keyOf(before), side: 'before' };
    return after === undefined ? null : { key: keyOf(after), side: 'after' };
  };
  return (index) => {
    const row = rows[index]!;
    return encodeCursor(getTag(), {
      position: start + index,
      key: keyOf(row),
      value: order ? order.valueOf(row) : sortTimeOf(row),
      beside: findNeighbour(index),
    });
  };
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
  const getTag = () => (tag ??= listTag(source.identity));
  const request = parsePageRequest(args, getTag, sizes);
  const slice: Slice<Item> = selected.rows
    ? await slicePage(source, request, sizes.maxRows)
    : await countRows(source, sizes.maxRows);
  const encodeCursorAt = createCursorEncoder(source, getTag, slice);
  const edges = slice.rows.map((row, index) => new Edge(row, index, encodeCursorAt));
  return {
    edges,
    pageInfo: new PageInfo(slice, edges, request.size),
    totalCount: slice.total,
    truncatedAt: slice.reach,
  };
};
