import { z } from 'zod';

/** Liberal readers of wire values: what the contract says can vary, and nothing more. */

/** A text as it stands in an answer: rows that come by the thousand read all their fields at once. */
export const wireText = z.string().nullish();

const isNumberOrText = (value: unknown): boolean =>
  value === null || typeof value === 'string' || Number.isFinite(value);

/** A number, or a text that may tell one, as it stands in an answer. It is one check: a union makes several, for each row. */
export const wireNumber = z.custom<string | number | null>(isNumberOrText).optional();

type WireNumber = z.output<typeof wireNumber>;

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

/** A whole number, also as digits in a text; null where missing, unreadable or beyond what the graph can tell. */
export const countOf = (value: WireNumber): number | null => {
  const number = typeof value === 'string' ? (DIGITS.test(value) ? Number(value) : NaN) : (value ?? NaN);
  return Number.isInteger(number) && Math.abs(number) <= MOST ? number : null;
};

/** The reader of {@link countOf}. */
export const count = wireNumber.transform(countOf);

/** A number of any size as its digits: it can exceed 2^53. */
export const digitsOf = (value: WireNumber): string | null =>
  value === null || value === undefined || value === '' ? null : String(value);

/** The reader of {@link digitsOf}. */
export const digits = wireNumber.transform(digitsOf);

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const NO_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$/;
const EPOCH_SECONDS_END = 100_000_000_000;

const iso = (ms: number): string | null => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
};

/** A time in any spelling of the three services → UTC date-time text; null where missing or unreadable. */
export const timeOf = (value: WireNumber): string | null => {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') {
    if (UTC.test(value)) return value;
    if (!DIGITS.test(value))
      return iso(Date.parse(NO_ZONE.test(value) ? `${value.replace(' ', 'T')}Z` : value));
  }
  const number = Number(value);
  return iso(number < EPOCH_SECONDS_END ? number * 1000 : number);
};

/** The reader of {@link timeOf}. */
export const time = wireNumber.transform(timeOf);

/** A list, or an empty one where the answer has null or nothing. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

/** The answer of a write that says nothing: empty, `{}` or `null`, whatever stands in it. */
export const nothing = { parse: (_body: unknown): null => null };

/** One failure of a resource, with either spelling of its two properties. */
export const failure = z
  .object({ error_code: text, error_message: text, code: digits, message: text })
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
