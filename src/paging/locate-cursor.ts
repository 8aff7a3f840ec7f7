import { clientError } from '../errors/client-error.ts';
import type { Anchor } from './cursor.ts';
import { compareRanks, parseTime, rankOf, type RowOrder } from './row-order.ts';
import { type Extent, truncatedError } from './extent.ts';
import type { PageSource } from './page-source.ts';

/** Position of an anchor: the number of rows before it, and whether its own row is still there. */
export interface CursorLocation {
  before: number;
  present: boolean;
}

/** Fewer rows than this could be sorted by creation time by coincidence. */
const MIN_ROWS_FOR_ORDER = 8;

const rowGoneError = () =>
  clientError(
    'CONFLICT',
    'The row that this cursor stands for is gone, and its place in the list cannot be told. Start again without a cursor.',
  );

/** Locates an anchor in a list that the gateway sorts: by the value the row had then, even if it has changed. */
const locateByOrder = <Item>(
  rows: readonly Item[],
  order: RowOrder<Item>,
  keyOf: (row: Item) => string,
  anchor: Anchor,
): CursorLocation => {
  const rank = rankOf(order, anchor.value, anchor.key);
  const distances = rows.map((row) =>
    compareRanks(order.direction, rankOf(order, order.valueOf(row), keyOf(row)), rank),
  );
  const at = distances.findIndex((distance) => distance >= 0);
  return { before: at < 0 ? rows.length : at, present: distances[at] === 0 };
};

/** Locates an anchor by its row, or else by its neighbour: remaining rows keep their order. Null if both are gone. */
const locateByNeighbour = (
  keys: readonly string[],
  { key, beside, position }: Anchor,
): CursorLocation | null => {
  const own = keys.indexOf(key);
  if (own >= 0) return { before: own, present: true };
  if (position === 0) return { before: 0, present: false };
  const neighbour = beside ? keys.indexOf(beside.key) : -1;
  if (neighbour < 0) return null;
  return { before: beside!.side === 'before' ? neighbour + 1 : neighbour, present: false };
};

/**
 * Locates an anchor by its creation time, if the rows are clearly sorted by it, in either direction.
 * @throws `CONFLICT` if they are not.
 */
const locateByTime = (times: readonly number[], createdAt: number): CursorLocation => {
  if (times.length === 0) return { before: 0, present: false };
  const rising = times.every((time, i) => i === 0 || time >= times[i - 1]!);
  const falling = times.every((time, i) => i === 0 || time <= times[i - 1]!);
  const distinct = new Set(times);
  const plain = (rising || falling) && distinct.size >= MIN_ROWS_FOR_ORDER;
  if (!plain || distinct.has(createdAt) || Number.isNaN(createdAt)) throw rowGoneError();
  const next = times.findIndex((time) => (rising ? time > createdAt : time < createdAt));
  return { before: next < 0 ? times.length : next, present: false };
};

/**
 * Locates an anchor among the current rows of its list.
 * @throws `CONFLICT` if its row is gone and the position is unknown, `RESULT_TRUNCATED` if it may be beyond the rows that were read.
 */
export const locateCursor = <Item>(
  { keyOf, sortTimeOf, order, rowsBeforeInGap }: PageSource<Item>,
  rows: readonly Item[],
  extent: Extent,
  anchor: Anchor,
): CursorLocation => {
  if (order) return locateByOrder(rows, order, keyOf, anchor);
  const location = locateByNeighbour(rows.map(keyOf), anchor);
  if (location) return location;
  const before = rowsBeforeInGap?.(anchor.key, rows) ?? null;
  if (before !== null) return { before, present: false };
  if (extent.kind === 'OPEN') throw truncatedError(rows.length);
  return locateByTime(
    rows.map((row) => parseTime(sortTimeOf(row))),
    parseTime(anchor.value),
  );
};
