/** An order by time that the gateway applies itself. Rows without a value come last in both directions. */
export interface RowOrder<Item> {
  valueOf: (row: Item) => string | null;
  direction: 'ASC' | 'DESC';
}

/** Sort key of a row: a time in milliseconds, then the row's key. */
export interface Rank {
  time: number;
  key: string;
}

/** A time text in milliseconds since 1970; NaN for null or any other text. */
export const parseTime = (value: string | null): number => (value === null ? Number.NaN : Date.parse(value));

/** Compares two ranks, as for `Array.sort`. */
export const compareRanks = (direction: 'ASC' | 'DESC', a: Rank, b: Rank): number => {
  const [aMissing, bMissing] = [Number.isNaN(a.time), Number.isNaN(b.time)];
  if (aMissing !== bMissing) return aMissing ? 1 : -1;
  if (!aMissing && a.time !== b.time) return direction === 'ASC' ? a.time - b.time : b.time - a.time;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
};

/** The rows in order; rows with equal times by their keys. */
export const sortRows = <Item>(
  rows: readonly Item[],
  { valueOf, direction }: RowOrder<Item>,
  keyOf: (row: Item) => string,
): Item[] =>
  rows
    .map((row) => ({ row, rank: { time: parseTime(valueOf(row)), key: keyOf(row) } }))
    .toSorted((a, b) => compareRanks(direction, a.rank, b.rank))
    .map(({ row }) => row);
