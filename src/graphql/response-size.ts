import type { Operation } from '../request/operation.ts';

/** The most bytes of a value, with its name, that is not text of the cloud: an opaque id is the longest. */
const MAX_OWN_VALUE_BYTES = 300;

/** The most punctuation around a name and a value, and the longest number. */
const PUNCTUATION_BYTES = 6;
const NUMBER_BYTES = 20;

/** The most bytes of a text in UTF-8. Counting them takes as long as parsing them, this takes no time. */
const maxTextBytes = ({ length }: string): number => 3 * length;

/** Counts the bytes of data as JSON; stops when there are more than `limit`. */
const countBytes = (data: object, limit: number, bytesOf: (text: string) => number): number => {
  let bytes = 0;
  const pending: object[] = [data];
  const add = (value: unknown): void => {
    if (typeof value === 'string') bytes += bytesOf(value);
    else if (typeof value === 'object' && value !== null) pending.push(value);
    else bytes += NUMBER_BYTES;
  };
  while (pending.length > 0 && bytes <= limit) {
    const current = pending.pop()!;
    if (Array.isArray(current)) {
      for (const item of current) add(item);
      bytes += current.length * PUNCTUATION_BYTES;
      continue;
    }
    for (const name in current) {
      bytes += name.length + PUNCTUATION_BYTES;
      add((current as Record<string, unknown>)[name]);
    }
  }
  return bytes;
};

/**
 * Whether an answer has at most `maxBytes` as JSON. Mostly an upper bound decides that without reading the data: each leaf field can
 * contain a text of the cloud once.
 */
export const fitsIn = (
  data: ExecutionData,
  maxBytes: number,
  { cost, budget }: Pick<Operation, 'cost' | 'budget'>,
): boolean => {
  if (!data) return true;
  if (cost && cost.estimated * MAX_OWN_VALUE_BYTES + cost.leaves * budget.bytesRead <= maxBytes) return true;
  const fits = (bytesOf: (text: string) => number) => countBytes(data, maxBytes, bytesOf) <= maxBytes;
  return fits(maxTextBytes) || fits((text) => Buffer.byteLength(text));
};

type ExecutionData = object | null | undefined;
