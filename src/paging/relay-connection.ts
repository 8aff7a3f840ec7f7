import { type Anchor, encodeCursor, listTag } from './cursor.ts';
import { cutPage } from './slice-page.ts';
import { type PageArguments, pageRequest, type PageSizes } from './page-request.ts';
import type { PageSource } from './page-source.ts';
import { countMatching, type Cut } from './full-scan.ts';

/** One row of a page. Its cursor is made only when it is asked for. */
class Edge<Item> {
  readonly node: Item;
  readonly #index: number;
  readonly #cursorOf: (index: number) => string;
  constructor(node: Item, index: number, cursorOf: (index: number) => string) {
    this.node = node;
    this.#index = index;
    this.#cursorOf = cursorOf;
  }
  get cursor(): string {
    return this.#cursorOf(this.#index);
  }
}

/**
 * What a page says of itself. A class, as an edge is: an object made with getters of its own makes Node keep all that they see until
 * it next looks through all memory.
 */
class PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #edges: readonly Edge<unknown>[];
  constructor({ hasNextPage, start }: Cut<unknown>, edges: readonly Edge<unknown>[], size: number) {
    // An empty page has no cursor to go on from: it would send clients back to the first page.
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
  /** How many rows can be reached, where that is fewer than there are. */
  truncatedAt: number | null;
}

/** The cursors of a page: most are never asked for. */
const cursorsOf = <Item>(
  { keyOf, createdAtOf, order }: PageSource<Item>,
  tagOf: () => string,
  { rows, start, previous, next }: Cut<Item>,
): ((index: number) => string) => {
  const besideOf = (index: number): Anchor['beside'] => {
    const [before, after] = [rows[index - 1] ?? previous, rows[index + 1] ?? next];
    if (before !== undefined) return { key: keyOf(before), side: 'before' };
    return after === undefined ? null : { key: keyOf(after), side: 'after' };
  };
  return (index) => {
    const row = rows[index]!;
    return encodeCursor(tagOf(), {
      position: start + index,
      key: keyOf(row),
      value: order ? order.valueOf(row) : createdAtOf(row),
      beside: besideOf(index),
    });
  };
};

/** The page of a client that asks for no rows, but for what is known of the list. */
const countOf = async <Item>(source: PageSource<Item>, maxRows: number): Promise<Cut<Item>> => {
  const none = { rows: [], start: 0, hasNextPage: false };
  if (source.matches) return { ...none, ...(await countMatching(source, maxRows)) };
  const { total, extent } = await source.load({ offset: 0, limit: 0 });
  return { ...none, total: source.order && extent.reach !== null ? null : total, reach: extent.reach };
};

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
  let tag: string | undefined;
  const tagOf = () => (tag ??= listTag(source.identity));
  const request = pageRequest(args, tagOf, sizes);
  const cut: Cut<Item> = wants.rows
    ? await cutPage(source, request, sizes.maxRows)
    : await countOf(source, sizes.maxRows);
  const cursorOf = cursorsOf(source, tagOf, cut);
  const edges = cut.rows.map((row, index) => new Edge(row, index, cursorOf));
  return {
    edges,
    pageInfo: new PageInfo(cut, edges, request.size),
    totalCount: cut.total,
    truncatedAt: cut.reach,
  };
};
