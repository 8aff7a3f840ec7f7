/** A condition on rows; undefined where an argument is not given. */
export type Condition<Row> = ((row: Row) => boolean) | undefined;

/** The condition that a value of a row is the given one. */
export const equals = <Row, Value>(
  wanted: Value | null | undefined,
  pick: (row: Row) => Value | null | undefined,
): Condition<Row> => (wanted == null ? undefined : (row) => pick(row) === wanted);

/** The condition that a value of a row is one of the given ones; an empty list is no condition. */
export const isOneOf = <Row, Value>(
  wanted: readonly Value[] | null | undefined,
  pick: (row: Row) => Value | null,
): Condition<Row> => {
  if (!wanted?.length) return undefined;
  return (row) => {
    const value = pick(row);
    return value !== null && wanted.includes(value);
  };
};

/** The condition that a text of a row contains the given one, in upper or lower case; an empty text is no condition. */
export const includesText = <Row>(
  wanted: string | null | undefined,
  pick: (row: Row) => string | null,
): Condition<Row> => {
  const text = wanted?.toLowerCase();
  return text ? (row) => pick(row)?.toLowerCase().includes(text) ?? false : undefined;
};

/** The condition that all of these hold; undefined where there are none. */
export const allConditions = <Row>(conditions: readonly Condition<Row>[]): Condition<Row> => {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? undefined : (row) => given.every((holds) => holds(row));
};
