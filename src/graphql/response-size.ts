import type { Operation } from '../request/operation.ts';

/** The most bytes of a value with its name that is no text of the cloud: an opaque id. */
const LONGEST_OWN_VALUE = 300;

/** What the punctuation around a name and a value takes, and a number at most. */
const PUNCTUATION = 6;
const NUMBER = 20;

/** The bytes of some data as JSON, or as many as were counted before there were too many. */
const bytesUpTo = (data: object, limit: number): number => {
  let bytes = 0;
  const open: object[] = [data];
  const add = (value: unknown): void => {
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (typeof value === 'object' && value !== null) open.push(value);
    else bytes += NUMBER;
  };
  while (open.length > 0 && bytes <= limit) {
    const one = open.pop()!;
    if (Array.isArray(one)) {
      for (const item of one) add(item);
      bytes += one.length * PUNCTUATION;
      continue;
    }
    for (const name in one) {
      bytes += name.length + PUNCTUATION;
      add((one as Record<string, unknown>)[name]);
    }
  }
  return bytes;
};

/**
 * Whether an answer has no more than so many bytes, before it becomes a text. Mostly that is known without a look at it: no text of the
 * cloud can be in it more often than there are fields to hold it.
 */
export const isWithin = (
  data: ExecutionData,
  maxBytes: number,
  { cost, budget }: Pick<Operation, 'cost' | 'budget'>,
): boolean => {
  if (!data) return true;
  if (cost && cost.estimated * LONGEST_OWN_VALUE + cost.leaves * budget.bytesRead <= maxBytes) return true;
  return bytesUpTo(data, maxBytes) <= maxBytes;
};

type ExecutionData = object | null | undefined;
