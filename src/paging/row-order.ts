/** An order that the gateway makes itself. Rows without a value come last in both directions. */
export interface RowOrder<Item> {
  valueOf: (row: Item) => string | null;
  direction: 'ASC' | 'DESC';
}

/** What decides a row's place: a point in time, and the key where times are equal. */
export interface Rank {
  time: number;
  key: string;
}

/** A text as a point in time; not a number where it is none. */
export const parseTime = (value: string | null): number => (value === null ? Number.NaN : Date.parse(value));

/** Which of two ranks comes first. */
export const compareRanks = (direction: 'ASC' | 'DESC', a: Rank, b: Rank): number => {
  const [aMissing, bMissing] = [Number.isNaN(a.time), Number.isNaN(b.time)];
  if (aMissing !== bMissing) return aMissing ? 1 : -1;
  if (!aMissing && a.time !== b.time) return direction === 'ASC' ? a.time - b.time : b.time - a.time;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
};

/** The rows in order; equal ones by their keys. */
export const sortRows = <Item>(
  rows: readonly Item[],
  { valueOf, direction }: RowOrder<Item>,
  keyOf: (row: Item) => string,
): Item[] =>
  rows
    .map((row) => ({ row, rank: { time: parseTime(valueOf(row)), key: keyOf(row) } }))
    .toSorted((a, b) => compareRanks(direction, a.rank, b.rank))
    .map(({ row }) => row);
