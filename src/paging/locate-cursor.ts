import { clientError } from '../errors/client-error.ts';
import type { Anchor } from './cursor.ts';
import { compareRanks, type RowOrder, timeOf } from './row-order.ts';
import { type Extent, truncated } from './extent.ts';
import type { PageSource } from './page-source.ts';

/** How many rows stand before an anchor, and whether its own row is the next one. */
export interface Place {
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
const placeByOrder = <Item>(
  rows: readonly Item[],
  { valueOf, direction }: RowOrder<Item>,
  keyOf: (row: Item) => string,
  anchor: Anchor,
): Place => {
  const rank = { time: timeOf(anchor.value), key: anchor.key };
  const distances = rows.map((row) =>
    compareRanks(direction, { time: timeOf(valueOf(row)), key: keyOf(row) }, rank),
  );
  const at = distances.findIndex((distance) => distance >= 0);
  return { before: at < 0 ? rows.length : at, present: distances[at] === 0 };
};

/** Rows that stay keep their order among themselves, so that a neighbour's place is as good as the row's own. */
const placeByNeighbour = (keys: readonly string[], { key, beside, position }: Anchor): Place | null => {
  const own = keys.indexOf(key);
  if (own >= 0) return { before: own, present: true };
  if (position === 0) return { before: 0, present: false };
  const neighbour = beside ? keys.indexOf(beside.key) : -1;
  if (neighbour < 0) return null;
  return { before: beside!.side === 'before' ? neighbour + 1 : neighbour, present: false };
};

/** The time tells the place only where the rows plainly stand in order of creation, one way or the other. */
const placeByTime = (times: readonly number[], gone: number): Place => {
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
export const placeOf = <Item>(
  { keyOf, createdAtOf, order, placeInGap }: PageSource<Item>,
  rows: readonly Item[],
  extent: Extent,
  anchor: Anchor,
): Place => {
  if (order) return placeByOrder(rows, order, keyOf, anchor);
  const place = placeByNeighbour(rows.map(keyOf), anchor);
  if (place) return place;
  const before = placeInGap?.(anchor.key, rows) ?? null;
  if (before !== null) return { before, present: false };
  if (extent.kind === 'OPEN') throw truncated(rows.length);
  return placeByTime(
    rows.map((row) => timeOf(createdAtOf(row))),
    timeOf(anchor.value),
  );
};
