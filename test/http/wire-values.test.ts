import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parseJson } from '../../src/http/response-body.ts';
import { count, digits, enumReader, failure, flag, list, text, time } from '../../src/http/wire-values.ts';

/** A zone that is not UTC, whatever that of the machine is. */
beforeEach(() => void vi.stubEnv('TZ', 'Asia/Shanghai'));
afterEach(() => void vi.unstubAllEnvs());

const ABSENT: [null | undefined, null][] = [
  [null, null],
  [undefined, null],
];

test.each([
  [true, true],
  [false, false],
  ['true', true],
  ['FALSE', false],
  ['True', true],
  ['', null],
  ...ABSENT,
])('a flag spelled %j is %j', (wire, value) => expect(flag.parse(wire)).toBe(value));

test.each([[7, 7], [0, 0], ['12', 12], ['', null], [2_147_483_647, 2_147_483_647], ...ABSENT])(
  'a count spelled %j is %j',
  (wire, value) => expect(count.parse(wire)).toBe(value),
);

test.each([[422, '422'], ['9007199254740993', '9007199254740993'], ['-5', '-5'], ['', null], ...ABSENT])(
  'digits spelled %j are %j',
  (wire, value) => expect(digits.parse(wire)).toBe(value),
);

test.each([['x', 'x'], ['', ''], ...ABSENT])('a text spelled %j is %j', (wire, value) =>
  expect(text.parse(wire)).toBe(value),
);

test.each([
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05', '2026-01-02T03:04:05Z'],
  ['2026-01-02 03:04:05', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05.678', '2026-01-02T03:04:05.678Z'],
  ['2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05Z'],
  ['2026-01-02T03:04:05+08:00', '2026-01-01T19:04:05Z'],
  [1767323045678, '2026-01-02T03:04:05.678Z'],
  ['1767323045678', '2026-01-02T03:04:05.678Z'],
  [1767323045, '2026-01-02T03:04:05Z'],
  ['1767323045', '2026-01-02T03:04:05Z'],
  ['', null],
  ...ABSENT,
])('the time %j is %j, in whatever zone the process runs', (wire, value) =>
  expect(time.parse(wire)).toBe(value),
);

test.each([
  { reader: count, wires: ['many', '-1', 1.5, '9007199254740993', 2_147_483_648], what: 'count' },
  { reader: digits, wires: ['many', '1.5', 1.5, 2 ** 53], what: 'row of digits' },
  {
    reader: time,
    wires: [
      'soon',
      'no date 12',
      1e300,
      2 ** 53,
      '2026-13-01T00:00:00Z',
      '2026-01-32T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-02-30',
      '2026-01-02T24:00:01Z',
      '2026-01-02T03:60:00Z',
      '2026-01-02T03:04:05+99:00',
    ],
    what: 'time',
  },
])('what is no $what is refused, so that it is counted', ({ reader, wires }) => {
  expect(wires.filter((wire) => reader.safeParse(wire).success)).toEqual([]);
});

test('the 29th of February is a day in its years, and the 31st in its months', () => {
  expect(['2024-02-29T01:02:03Z', '2026-01-31T01:02:03Z'].map((wire) => time.parse(wire))).toEqual([
    '2024-02-29T01:02:03Z',
    '2026-01-31T01:02:03Z',
  ]);
  expect(time.safeParse('2026-02-29T01:02:03Z').success).toBe(false);
});

test.each([
  { what: 'a flag', wire: true },
  { what: 'an object', wire: {} },
  { what: 'a number without end', wire: Infinity },
])('$what is no number, and no text that tells one', ({ wire }) => {
  for (const reader of [count, digits, time])
    expect(z.array(z.object({ n: reader })).safeParse([{}, { n: wire }])).toMatchObject({
      error: { issues: [{ path: [1, 'n'] }] },
    });
});

test('a list that is null or missing is empty', () => {
  const texts = list(text);
  expect([texts.parse(null), texts.parse(undefined), texts.parse(['a', null])]).toEqual([
    [],
    [],
    ['a', null],
  ]);
});

test.each([
  { error_code: 'EndPoint.2022', error_message: 'm' },
  { code: 'EndPoint.2022', message: 'm' },
])('the failure %j is read', (wire) =>
  expect(failure.parse(wire)).toEqual({ code: 'EndPoint.2022', message: 'm' }),
);

test.each([
  ['accepted', 'ACCEPTED'],
  ['Accepted', 'ACCEPTED'],
  ['pending', 'UNKNOWN'],
  ['toString', 'UNKNOWN'],
  ['', 'UNKNOWN'],
  [null, 'UNKNOWN'],
  [undefined, 'UNKNOWN'],
])('the status %j is %s', (wire, value) => expect(enumReader({ accepted: 'ACCEPTED' })(wire)).toBe(value));

test.each([
  { json: '{"marker_id":9007199254740993}', value: { marker_id: '9007199254740993' } },
  { json: '{"marker_id":-9007199254740993}', value: { marker_id: '-9007199254740993' } },
  {
    json: '[{"marker_id":1},{"marker_id" :\n9007199254740993}]',
    value: [{ marker_id: 1 }, { marker_id: '9007199254740993' }],
  },
  { json: '{"marker_id":9007199254740991,"b":1}', value: { marker_id: 9007199254740991, b: 1 } },
  {
    json: '{"marker_id":1,"a":"9007199254740993 and text"}',
    value: { marker_id: 1, a: '9007199254740993 and text' },
  },
  {
    json: '{"marker_id":9007199254740993,"id":9007199254740993}',
    value: { marker_id: '9007199254740993', id: 2 ** 53 },
  },
  { json: '\uFEFF{"marker_id":1}', value: { marker_id: 1 } },
  { json: '{"marker_id":1,"a":0.1250000000000000000}', value: { marker_id: 1, a: 0.125 } },
])('$json keeps every digit of its marker, and leaves the rest as it is', ({ json, value }) => {
  expect(parseJson(json)).toEqual(value);
});
