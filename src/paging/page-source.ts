import type { Rows } from './window-loader.ts';
import type { RowOrder } from './row-order.ts';
import type { ListLimits, Page, Window } from './window.ts';

/** A list that can be read by windows. */
export interface PageSource<Item> {
  /** Unique text for the list with its filter and order: cursors are valid only for it. */
  identity: () => string;
  limits: ListLimits;
  keyOf: (row: Item) => string;
  sortTimeOf: (row: Item) => string | null;
  load: (window: Window) => Promise<Rows<Item, Page<Item>>>;
  /** The part of the filter that the upstream does not support. */
  matches?: ((row: Item) => boolean) | undefined;
  /** Whether a row is the one that the filter names exactly: no other row matters then. */
  isNamed?: ((row: Item) => boolean) | undefined;
  /** The order, if the upstream does not support it. */
  order?: RowOrder<Item> | undefined;
  /** For a row in a part of the list that cannot be read now: how many of `rows` come before it. Null for any other row. */
  rowsBeforeInGap?: ((key: string, rows: readonly Item[]) => number | null) | undefined;
}

/** The identity of a list with its filter and order: cursors are valid for this list only. */
export const listIdentity = (list: string, ...filterAndOrder: unknown[]): string =>
  JSON.stringify([list, ...filterAndOrder]);
