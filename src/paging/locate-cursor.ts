import { clientError } from '../errors/client-error.ts';
import type { Anchor } from './cursor.ts';
import { compareRanks, type RowOrder, parseTime } from './row-order.ts';
import { type Extent, truncatedError } from './extent.ts';
import type { PageSource } from './page-source.ts';

/** How many rows stand before an anchor, and whether its own row is the next one. */
export interface CursorLocation {
  before: number;
  present: boolean;
}

/** Fewer rows than this can be in order of creation by chance. */
const ROWS_THAT_SHOW_AN_ORDER = 8;

const unknown = () =>
  clientError(
    'CONFLICT',
    'The row that this cursor stands for is gone, and its place in the list cannot be told. Start again without a cursor.',
  );

/** In an order of the gateway's own, the place is where the row stood, even if its value has changed since. */
const locateByOrder = <Item>(
  rows: readonly Item[],
  { valueOf, direction }: RowOrder<Item>,
  keyOf: (row: Item) => string,
  anchor: Anchor,
): CursorLocation => {
  const rank = { time: parseTime(anchor.value), key: anchor.key };
  const distances = rows.map((row) =>
    compareRanks(direction, { time: parseTime(valueOf(row)), key: keyOf(row) }, rank),
  );
  const at = distances.findIndex((distance) => distance >= 0);
  return { before: at < 0 ? rows.length : at, present: distances[at] === 0 };
};

/** Rows that stay keep their order among themselves, so that a neighbour's place is as good as the row's own. */
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

/** The time tells the place only where the rows plainly stand in order of creation, one way or the other. */
const locateByTime = (times: readonly number[], gone: number): CursorLocation => {
  if (times.length === 0) return { before: 0, present: false };
  const rising = times.every((time, i) => i === 0 || time >= times[i - 1]!);
  const falling = times.every((time, i) => i === 0 || time <= times[i - 1]!);
  const distinct = new Set(times);
  const plain = (rising || falling) && distinct.size >= ROWS_THAT_SHOW_AN_ORDER;
  if (!plain || distinct.has(gone) || Number.isNaN(gone)) throw unknown();
  const next = times.findIndex((time) => (rising ? time > gone : time < gone));
  return { before: next < 0 ? times.length : next, present: false };
};

/** Where an anchor stands among the rows of its list now; an error where that cannot be told. */
export const locateCursor = <Item>(
  { keyOf, createdAtOf, order, rowsBeforeInGap }: PageSource<Item>,
  rows: readonly Item[],
  extent: Extent,
  anchor: Anchor,
): CursorLocation => {
  if (order) return locateByOrder(rows, order, keyOf, anchor);
  const place = locateByNeighbour(rows.map(keyOf), anchor);
  if (place) return place;
  const before = rowsBeforeInGap?.(anchor.key, rows) ?? null;
  if (before !== null) return { before, present: false };
  if (extent.kind === 'OPEN') throw truncatedError(rows.length);
  return locateByTime(
    rows.map((row) => parseTime(createdAtOf(row))),
    parseTime(anchor.value),
  );
};
