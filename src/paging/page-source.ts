import type { Rows } from './window-loader.ts';
import type { RowOrder } from './row-order.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** A list that can be read a window at a time. */
export interface PageSource<Item> {
  /** What a cursor is bound to: the list with its filter and order. */
  identity: string;
  limits: ListLimits;
  keyOf: (row: Item) => string;
  createdAtOf: (row: Item) => string | null;
  load: (window: Window) => Promise<Rows<Item, Page<Item>>>;
  /** What of the filter the upstream cannot do. */
  matches?: ((row: Item) => boolean) | undefined;
  /** Whether a row is the one that the filter names exactly: once it is found, no other row matters. */
  isNamed?: ((row: Item) => boolean) | undefined;
  /** The order, where the upstream cannot make it. */
  order?: RowOrder<Item> | undefined;
  /** How many of the rows stand before one that is in a part of the list that cannot be read now; null for any other. */
  placeInGap?: ((key: string, rows: readonly Item[]) => number | null) | undefined;
}
