import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsIn } from '../../src/graphql/response-size.ts';
import { createBudget } from '../../src/http/budget.ts';

const budget = createBudget({ operationTimeoutMs: 1_000, callLimit: 10 });
const unknown = { cost: undefined, budget };

const isWithinBytes = (data: object, bytes: number) => fitsIn(data, bytes, unknown as never);

test('no data is within any limit', () => {
  expect(fitsIn(null, 0, unknown as never)).toBe(true);
});

test.each([
  { what: 'texts', data: { a: ['x'.repeat(500), 'x'.repeat(500)] } },
  { what: 'texts of more bytes than characters', data: { a: '中'.repeat(400) } },
  {
    what: 'many names',
    data: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`name${at}`, null])),
  },
  { what: 'objects in lists in objects', data: { a: [{ b: [{ c: 'x'.repeat(1_000) }] }] } },
])('$what are counted', ({ data }) => {
  expect(isWithinBytes(data, 1_000)).toBe(false);
  expect(isWithinBytes(data, 4_000)).toBe(true);
});

test.each(['x', 'é', '中'])(
  'texts of %s are counted by their bytes, not by the most that they can have',
  (letter) => {
    const data = { a: letter.repeat(900 / Buffer.byteLength(letter)) };
    expect(isWithinBytes(data, 1_000)).toBe(true);
    expect(isWithinBytes(data, 890)).toBe(false);
  },
);

test('what is longer than the limit by half is never let through', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => typeof value === 'object' && value !== null);
  fc.assert(
    fc.property(json, (data) => {
      const { length } = Buffer.from(JSON.stringify(data));
      if (length > 30) expect(isWithinBytes(data as object, Math.floor(length / 1.5) - 20)).toBe(false);
    }),
  );
});

test('where the cost says that it cannot be too long, nothing is looked at', () => {
  const data = {
    get a(): string {
      throw new Error('was looked at');
    },
  };
  const cost = { estimated: 2, limit: 100, leaves: 1 };
  expect(fitsIn(data, 10_000, { cost, budget })).toBe(true);
});
