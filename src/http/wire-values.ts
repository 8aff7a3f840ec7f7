import { z } from 'zod';

/** Liberal readers of wire values: what the contract says can vary, and nothing more. */

/** What tells a row from all others: a text that is not empty. */
export const identity = z.string().min(1);

/** A text as it stands in an answer: rows that come by the thousand read all their fields at once. */
export const wireText = z.string().nullish();

/** What stands in an answer where a number may be told: JSON's numbers end at 2^53, and what is longer is not what was sent. */
const isNumberOrText = (value: unknown): boolean =>
  value === null ||
  typeof value === 'string' ||
  (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);

type WireNumber = string | number | null | undefined;

/**
 * What `read` can read, as it stands in an answer; also null, nothing and an empty text. It is one check: a union makes several,
 * for each row. What it refuses is mended to null, and counted (`mend.ts`).
 */
const readableBy = (read: (value: WireNumber) => unknown) =>
  z
    .custom<string | number | null>(
      (value) =>
        isNumberOrText(value) && (value === null || value === '' || read(value as WireNumber) !== null),
    )
    .optional();

/** A text, or null where the answer has none. */
export const text = wireText.transform((value) => value ?? null);

const DIGITS = /^\d+$/;

/** A flag, also as the text `"true"` or `"false"` in any case; null where missing. */
export const flag = z
  .union([z.boolean(), z.string().regex(/^(true|false)$/i), z.literal('')])
  .nullish()
  .transform((value) =>
    typeof value === 'string' ? (value === '' ? null : value.toLowerCase() === 'true') : (value ?? null),
  );

/** The largest `Int` of GraphQL. No service counts that far. */
const MOST = 2 ** 31 - 1;

/** A whole number, also as digits in a text; null where missing. Beyond what the graph can tell, none is readable. */
export const countOf = (value: WireNumber): number | null => {
  const number = typeof value === 'string' ? (DIGITS.test(value) ? Number(value) : NaN) : (value ?? NaN);
  return Number.isInteger(number) && Math.abs(number) <= MOST ? number : null;
};

/** A count, as it stands in an answer. */
export const wireCount = readableBy(countOf);

/** The reader of {@link countOf}. */
export const count = wireCount.transform(countOf);

const INTEGER = /^-?\d+$/;

/** A number of any size as its digits: it can exceed 2^53. */
export const digitsOf = (value: WireNumber): string | null => {
  const digits = String(value ?? '');
  return INTEGER.test(digits) ? digits : null;
};

/** Digits, as they stand in an answer. */
export const wireDigits = readableBy(digitsOf);

/** The reader of {@link digitsOf}. */
export const digits = wireDigits.transform(digitsOf);

/** A code: a text, or a number that is one. */
const code = readableBy((value) => value ?? null).transform(
  (value) => (value === '' ? null : value?.toString()) ?? null,
);

const UTC = /^\d{4}-(0\d|1[0-2])-([01]\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?$/i;
const EPOCH_SECONDS_END = 100_000_000_000;
const DAY = 'yyyy-mm-dd'.length;

const iso = (ms: number): string | null => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
};

/** The 30th of February is none, and JavaScript takes it for the 1st of March. */
const isDay = (day: string): boolean => iso(Date.parse(day))?.slice(0, DAY) === day;

/** A time in any spelling of the three services → UTC date-time text; null where missing, and where it is no time. */
export const timeOf = (value: WireNumber): string | null => {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') {
    if (UTC.test(value)) return value;
    if (!DIGITS.test(value)) {
      const [, day, time = '00:00', zone = 'Z'] = DATE_TIME.exec(value) ?? [];
      return day !== undefined && isDay(day) ? iso(Date.parse(`${day}T${time}${zone}`)) : null;
    }
  }
  const number = Number(value);
  return iso(number < EPOCH_SECONDS_END ? number * 1000 : number);
};

/** A time, as it stands in an answer. */
export const wireTime = readableBy(timeOf);

/** The reader of {@link timeOf}. */
export const time = wireTime.transform(timeOf);

/** What becomes of a list that cannot be read, as `mend.ts` asks it: null where it is a field, and nothing where it is the answer. */
export const unreadable = z.registry<{ as: null | undefined }>();

/** A list that is a field: empty where the answer has null or nothing, null where it cannot be read. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value): z.output<Item>[] | null => value ?? [])
    .register(unreadable, { as: null });

/** The rows of an answer, or none where it has null or nothing. One that cannot be told from the others spoils the answer. */
export const rows = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
    .register(unreadable, { as: undefined });

/** The answer of a write that says nothing: empty, `{}` or `null`, whatever stands in it. */
export const nothing = { parse: (_body: unknown): null => null };

/** One failure of a resource, with either spelling of its two properties. */
export const failure = z
  .object({ error_code: text, error_message: text, code, message: text })
  .transform((wire) => ({
    code: wire.error_code ?? wire.code,
    message: wire.error_message ?? wire.message,
  }));

/** Why something failed: the vendor's code and words. */
export type Failure = z.output<typeof failure>;

/** The enum value whose wire spelling this is, without regard to case, or `UNKNOWN`. */
export const enumReader = <Value extends string>(spellings: Readonly<Record<string, Value>>) => {
  const byText = new Map(Object.entries(spellings).map(([wire, value]) => [wire.toLowerCase(), value]));
  return (wire: string | null | undefined): Value | 'UNKNOWN' =>
    byText.get(wire?.toLowerCase() ?? '') ?? 'UNKNOWN';
};
