import { type Anchor, encodeCursor, listTag } from './cursor.ts';
import { cutPage } from './cut.ts';
import { type PageArguments, pageRequest, type PageSizes } from './request.ts';
import type { PageSource } from './source.ts';
import { countMatching, type Cut } from './whole-list.ts';
import { reachOf } from './window.ts';

/** One row of a page. Its cursor is made only when it is asked for. */
class Edge<Item> {
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

const edgesOf = <Item>(source: PageSource<Item>, tag: string, cut: Cut<Item>): Edge<Item>[] => {
  const { keyOf, createdAtOf, order } = source;
  const { rows, start, previous, next } = cut;
  const besideOf = (index: number): Anchor['beside'] => {
    const [before, after] = [rows[index - 1] ?? previous, rows[index + 1] ?? next];
    if (before !== undefined) return { key: keyOf(before), side: 'before' };
    return after === undefined ? null : { key: keyOf(after), side: 'after' };
  };
  const anchorOf = (row: Item, index: number): Anchor => ({
    position: start + index,
    key: keyOf(row),
    value: order ? order.valueOf(row) : createdAtOf(row),
    beside: besideOf(index),
  });
  return rows.map((row, index) => new Edge(row, tag, () => anchorOf(row, index)));
};

const countOf = async <Item>(source: PageSource<Item>, maxRows: number): Promise<number | null> =>
  source.matches ? countMatching(source, maxRows) : (await source.load({ offset: 0, limit: 0 })).total;

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
  const request = pageRequest(args, tag, sizes);
  const cut: Cut<Item> = wants.rows
    ? await cutPage(source, request, sizes.maxRows)
    : { rows: [], start: 0, total: await countOf(source, sizes.maxRows), hasNextPage: false };
  const edges = edgesOf(source, tag, cut);
  const reach = reachOf(source.limits);
  return {
    edges,
    pageInfo: {
      hasNextPage: cut.hasNextPage,
      hasPreviousPage: cut.start > 0,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    totalCount: cut.total,
    truncatedAt: cut.total !== null && cut.total > reach ? reach : null,
  };
};
