import { z } from 'zod';

// Lenient readers of wire values: they accept the variations that the contract mentions, and no others.

/** The identity of a row: a text that is not empty. */
export const identity = z.string().min(1);

/** A text, not converted. The `wire…` readers are for lists with thousands of rows, which convert all fields of a row in one step. */
export const wireText = z.string().nullish();

/** True for the values that can stand for a number. A JSON number beyond 2^53 has lost digits. */
const isNumberOrText = (value: unknown): boolean =>
  value === null ||
  typeof value === 'string' ||
  (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);

type WireNumber = string | number | null | undefined;

/**
 * Accepts the values that `parse` can read, unconverted; also null, an empty text and a missing field. One check for each row, where a
 * union makes several. `lenient-parse.ts` replaces rejected values by null and counts them.
 */
const parseableBy = (parse: (value: WireNumber) => unknown) =>
  z
    .custom<string | number | null>(
      (value) =>
        isNumberOrText(value) && (value === null || value === '' || parse(value as WireNumber) !== null),
    )
    .optional();

/** A text; null if missing. */
export const text = wireText.transform((value) => value ?? null);

const DIGITS = /^\d+$/;

/** A flag, also as the text `"true"` or `"false"` in any case; null if missing. */
export const flag = z
  .union([z.boolean(), z.string().regex(/^(true|false)$/i), z.literal('')])
  .nullish()
  .transform((value) =>
    typeof value === 'string' ? (value === '' ? null : value.toLowerCase() === 'true') : (value ?? null),
  );

/** The largest `Int` of GraphQL. No service counts that far. */
const MAX_INT = 2 ** 31 - 1;

/** Parses an integer, also from a text of digits; null if missing, or beyond the range of GraphQL's `Int`. */
export const parseCount = (value: WireNumber): number | null => {
  const number = typeof value === 'string' ? (DIGITS.test(value) ? Number(value) : NaN) : (value ?? NaN);
  return Number.isInteger(number) && Math.abs(number) <= MAX_INT ? number : null;
};

/** A count, not converted. */
export const wireCount = parseableBy(parseCount);

export const count = wireCount.transform(parseCount);

const INTEGER = /^-?\d+$/;

/** Parses an integer of any size, which can exceed 2^53, to its digits. */
export const parseDigits = (value: WireNumber): string | null => {
  const digits = String(value ?? '');
  return INTEGER.test(digits) ? digits : null;
};

/** An integer of any size, not converted. */
export const wireDigits = parseableBy(parseDigits);

export const digits = wireDigits.transform(parseDigits);

/** A code, as text; also from a number. */
const code = parseableBy((value) => value ?? null).transform(
  (value) => (value === '' ? null : value?.toString()) ?? null,
);

const UTC = /^\d{4}-(0\d|1[0-2])-([01]\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?$/i;
/** Smaller numbers are seconds since 1970, larger ones milliseconds. */
const EPOCH_SECONDS_END = 100_000_000_000;
const DAY_LENGTH = 'yyyy-mm-dd'.length;

const formatTime = (ms: number): string | null => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
};

/** True if the day exists: JavaScript reads the 30th of February as the 1st of March. */
const isExistingDay = (day: string): boolean => formatTime(Date.parse(day))?.slice(0, DAY_LENGTH) === day;

/** Parses a time in any format of the three services to a UTC date-time; null if missing or invalid. */
export const parseTime = (value: WireNumber): string | null => {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') {
    if (UTC.test(value)) return value;
    if (!DIGITS.test(value)) {
      const [, day, time = '00:00', zone = 'Z'] = DATE_TIME.exec(value) ?? [];
      return day !== undefined && isExistingDay(day) ? formatTime(Date.parse(`${day}T${time}${zone}`)) : null;
    }
  }
  const number = Number(value);
  return formatTime(number < EPOCH_SECONDS_END ? number * 1000 : number);
};

/** A time, not converted. */
export const wireTime = parseableBy(parseTime);

export const time = wireTime.transform(parseTime);

/** The value that `lenient-parse.ts` gives an unreadable list: null for a field; undefined makes the whole response unreadable. */
export const unreadable = z.registry<{ as: null | undefined }>();

/** A list that is a field: empty if null or missing, null if unreadable. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value): z.output<Item>[] | null => value ?? [])
    .register(unreadable, { as: null });

/** The rows of a response: empty if null or missing. A row without an identity makes the response unreadable. */
export const rows = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
    .register(unreadable, { as: undefined });

/** The response of a write without a result: empty, `{}`, `null` or anything else. */
export const nothing = { parse: (_body: unknown): null => null };

/** One failure of a resource; both spellings of its two properties occur. */
export const failure = z
  .object({ error_code: text, error_message: text, code, message: text })
  .transform((wire) => ({
    code: wire.error_code ?? wire.code,
    message: wire.error_message ?? wire.message,
  }));

/** The vendor's error code and message. */
export type Failure = z.output<typeof failure>;

/** Returns a reader from wire spellings, without regard to case, to enum values; unknown spellings are `UNKNOWN`. */
export const enumReader = <Value extends string>(spellings: Readonly<Record<string, Value>>) => {
  const byText = new Map(Object.entries(spellings).map(([wire, value]) => [wire.toLowerCase(), value]));
  return (wire: string | null | undefined): Value | 'UNKNOWN' =>
    byText.get(wire?.toLowerCase() ?? '') ?? 'UNKNOWN';
};
