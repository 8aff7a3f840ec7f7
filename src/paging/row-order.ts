/** An order that the gateway applies itself. Rows without a value come last in both directions. */
export interface RowOrder<Item> {
  valueOf: (row: Item) => string | null;
  /** Whether values are texts, which compare in upper or lower case, and not times. */
  isText?: boolean;
  direction: 'ASC' | 'DESC';
}

/** Sort key of a row: its value, as a number for a time, then the row's key. */
interface Rank {
  value: string | number | null;
  key: string;
}

/** A time text in milliseconds since 1970; NaN for null or any other text. */
export const parseTime = (value: string | null): number => (value === null ? Number.NaN : Date.parse(value));

/** The sort key of a row with a value. */
export const rankOf = (
  { isText }: Pick<RowOrder<never>, 'isText'>,
  value: string | null,
  key: string,
): Rank => {
  if (isText) return { value: value?.toLowerCase() ?? null, key };
  const time = parseTime(value);
  return { value: Number.isNaN(time) ? null : time, key };
};

/** Compares two ranks, as for `Array.sort`. */
export const compareRanks = (direction: 'ASC' | 'DESC', a: Rank, b: Rank): number => {
  if (a.value === null || b.value === null) {
    if (a.value !== b.value) return a.value === null ? 1 : -1;
  } else if (a.value !== b.value) {
    return a.value < b.value === (direction === 'ASC') ? -1 : 1;
  }
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
};

/** The rows in order; rows with equal values by their keys. */
export const sortRows = <Item>(
  rows: readonly Item[],
  order: RowOrder<Item>,
  keyOf: (row: Item) => string,
): Item[] =>
  rows
    .map((row) => ({ row, rank: rankOf(order, order.valueOf(row), keyOf(row)) }))
    .toSorted((a, b) => compareRanks(order.direction, a.rank, b.rank))
    .map(({ row }) => row);
