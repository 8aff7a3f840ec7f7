import { expect, test } from 'vitest';
import { type History, type PageRead, findViolations, type Walk, type Write } from './support/history.ts';

const VERSIONS = new Map([
  [
    'list',
    [
      { from: 1, ids: ['a', 'b', 'c', 'd'] },
      { from: 10, ids: ['a', 'b', 'd'] },
      { from: 20, ids: ['n', 'a', 'b', 'd'] },
    ],
  ],
]);

const page = (ids: string[], at: number, more: Partial<PageRead> = {}): PageRead => ({
  begin: at,
  end: at + 1,
  ids,
  total: 4,
  hasNext: true,
  hasPrevious: true,
  ...more,
});
const walk = (...pages: PageRead[]): Walk => ({ list: 'list', backwards: false, pages, ended: 'end' });
const written: Write = {
  caller: 'alpha',
  marker: 'm',
  keyed: true,
  fate: 'made',
  outcomes: [{ told: 'done', slow: false }],
  arrivals: [{ caller: 'alpha', refused: false }],
  isThere: true,
};
const history = (of: Partial<History>): History => ({
  versions: VERSIONS,
  walks: [],
  writes: [],
  told: [],
  ...of,
});

const FIRST = page(['a', 'b'], 2, { hasPrevious: false });
const LAST = page(['c', 'd'], 4, { hasNext: false });

test.each<{ what: string; of: Partial<History> }>([
  { what: 'a walk over a list that stays', of: { walks: [walk(FIRST, LAST)] } },
  {
    what: 'a walk over rows that go while it goes on',
    of: { walks: [walk(FIRST, page(['d'], 11, { total: 3, hasNext: false }))] },
  },
  {
    what: 'a page of the state before a change, or after it, where it came while the page was read',
    of: {
      walks: [
        walk(page(['a', 'b', 'c', 'd'], 8, { end: 12, hasNext: false, hasPrevious: false })),
        walk(page(['a', 'b', 'd'], 8, { end: 12, total: 3, hasNext: false, hasPrevious: false })),
      ],
    },
  },
  { what: 'a walk that was told to begin anew', of: { walks: [{ ...walk(FIRST), ended: 'CONFLICT' }] } },
  { what: 'a write that was made', of: { writes: [written] } },
  {
    what: 'a write that was refused, and made with the same key after it',
    of: {
      writes: [
        {
          ...written,
          fate: 'refused',
          outcomes: ['RATE_LIMITED', 'done'].map((told) => ({ told, slow: false })),
          arrivals: [true, false].map((refused) => ({ caller: 'alpha', refused })),
        },
      ],
    },
  },
])('nothing is held against $what', ({ of }) => {
  expect(findViolations(history(of))).toEqual([]);
});

test.each<{ what: string; of: Partial<History>; found: RegExp }>([
  {
    what: 'a row that is seen twice',
    of: { walks: [walk(FIRST, page(['b', 'c', 'd'], 4, { hasNext: false }))] },
    found: /seen twice: b/,
  },
  {
    what: 'a row that stayed and is not seen',
    of: {
      walks: [walk(page(['a'], 2, { hasPrevious: false }), page(['d'], 11, { total: 3, hasNext: false }))],
    },
    found: /not seen: b$/,
  },
  {
    what: 'a page with rows of two states',
    of: {
      walks: [walk(page(['n', 'a', 'b', 'c', 'd'], 21, { total: 5, hasNext: false, hasPrevious: false }))],
    },
    found: /of no state/,
  },
  {
    what: 'a page of a state that is over',
    of: { walks: [walk(page(['a', 'b', 'c', 'd'], 11, { hasNext: false, hasPrevious: false }))] },
    found: /of no state/,
  },
  {
    what: 'a wrong total',
    of: { walks: [walk({ ...FIRST, total: 5 }, LAST)] },
    found: /of no state/,
  },
  {
    what: 'an end that is none',
    of: { walks: [walk({ ...FIRST, hasNext: false }, LAST)] },
    found: /of no state/,
  },
  {
    what: 'a mistake of the gateway',
    of: { walks: [{ ...walk(), pages: [], ended: 'INTERNAL_SERVER_ERROR' }] },
    found: /ended with INTERNAL/,
  },
  {
    what: 'a write that is made twice',
    of: { writes: [{ ...written, arrivals: [...written.arrivals, ...written.arrivals] }] },
    found: /came to the cloud 2 times/,
  },
  {
    what: 'a write without a key that is sent again',
    of: {
      writes: [
        {
          ...written,
          keyed: false,
          arrivals: [true, false].map((refused) => ({ caller: 'alpha', refused })),
        },
      ],
    },
    found: /was sent 2 times/,
  },
  {
    what: 'a write in the account of another',
    of: { writes: [{ ...written, arrivals: [{ caller: 'beta', refused: false }] }] },
    found: /account of another/,
  },
  {
    what: 'a doubt where there is none',
    of: { writes: [{ ...written, outcomes: [{ told: 'INDETERMINATE', slow: false }] }] },
    found: /told as INDETERMINATE, and was made/,
  },
  {
    what: 'no doubt where there is one',
    of: { writes: [{ ...written, fate: 'open', outcomes: [{ told: 'UPSTREAM_TIMEOUT', slow: true }] }] },
    found: /told as UPSTREAM_TIMEOUT, and was open/,
  },
  {
    what: 'a success of a change of unknown outcome that is not there',
    of: { writes: [{ ...written, fate: 'open', isThere: false }] },
    found: /told as done, and was open/,
  },
  {
    what: 'a success without a key, and so without a look',
    of: { writes: [{ ...written, fate: 'open', keyed: false }] },
    found: /told as done, and was open/,
  },
  {
    what: 'a success of a write that was never sent',
    of: { writes: [{ ...written, arrivals: [] }] },
    found: /told as done, and was never sent/,
  },
  {
    what: 'what another caller has',
    of: { told: [{ text: '{"name":"of beta"}', foreign: 'beta' }] },
    found: /was told of beta/,
  },
])('$what is found', ({ of, found }) => {
  expect(findViolations(history(of))).toEqual([expect.stringMatching(found)]);
});
