import { clientError } from '../client-error.ts';
import type { Rows } from './loader.ts';
import type { RowOrder } from './order.ts';
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
  /** The order, where the upstream cannot make it. */
  order?: RowOrder<Item> | undefined;
}

/** The answer where a list goes on behind the last row that can be read. */
export const truncated = (rows: number) =>
  clientError(
    'RESULT_TRUNCATED',
    `Only the first ${rows} rows of this list can be read, and the answer needs more. ` +
      'Ask for rows before that, without a filter or order that needs the whole list.',
  );
