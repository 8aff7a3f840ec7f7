import { planQuery } from '../../../src/graphql/fast-path/plan.ts';
import { parse } from 'graphql';
import { beforeEach, expect, test, vi } from 'vitest';
import { createQueryCache } from '../../../src/graphql/fast-path/query-cache.ts';
import { createFastPath } from '../../../src/graphql/fast-path/fast-path.ts';
import { servedSchema } from '../../../src/graphql/schema.ts';
import { createMemoryBudget } from '../../../src/capacity/memory-budget.ts';
import { gateway } from '../../support/gateway.ts';
import { fileWith } from '../../support/projects-file.ts';

vi.mock('../../../src/graphql/fast-path/plan.ts', { spy: true });
vi.mock('../../../src/graphql/fast-path/fast-path.ts', { spy: true });

beforeEach(() => {
  vi.clearAllMocks();
});

const schema = servedSchema();
const MEBIBYTE = 1024 * 1024;
const NAMES = 'query Names { clusters { nodes { name } } }';
const TWO = 'query A { clusters { totalCount } } query B { endpoints { totalCount } }';

/** What is found of an operation after it passed. */
const found = (text: string, operationName?: string) => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  known.add(text, operationName, parse(text));
  return known.find(text, operationName);
};

test('what never passed is not found', () => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  expect(known.find(NAMES, undefined)).toBeNull();
  known.add(NAMES, undefined, parse(NAMES));
  expect(known.find(`${NAMES} `, undefined)).toBeNull();
  expect(known.find(NAMES, 'Names')).toBeNull();
});

test('a query is compiled when it comes for the second time, and not before or again', () => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  known.add(NAMES, undefined, parse(NAMES));
  known.add(NAMES, undefined, parse(NAMES));
  expect(planQuery).not.toHaveBeenCalled();
  const one = known.find(NAMES, undefined);
  expect(one).toMatchObject({ name: 'Names' });
  known.add(NAMES, undefined, parse(NAMES));
  expect(known.find(NAMES, undefined)).toBe(one);
  expect(planQuery).toHaveBeenCalledOnce();
});

test.each(['nodes(ids: []) { id }', '_entities(representations: []) { __typename }'])(
  'compiled although it cannot be null, since its items can: %s',
  (field) => {
    expect(found(`{ ${field} }`)).not.toBeNull();
  },
);

test('a query without a name has none', () => {
  expect(found('{ clusters { totalCount } }')?.name).toBeUndefined();
});

test.each([
  { what: 'a mutation', text: 'mutation { deleteEndpoint(input: { endpointId: "x" }) { deletedId } }' },
  {
    what: 'a subscription',
    text: 'subscription { connectionStatusChanged(parent: { clusterId: "c" }, endpointIds: ["e"]) { status } }',
  },
  { what: 'introspection of the schema', text: '{ __schema { queryType { name } } }' },
  { what: 'introspection of a type', text: '{ a: __type(name: "Query") { name } }' },
  {
    what: 'introspection in a fragment',
    text: '{ ...F } fragment F on Query { ... { __schema { queryType { name } } } }',
  },
  { what: 'a root field that cannot be null', text: '{ clusters { totalCount } projects { region } }' },
  {
    what: 'such a field in a fragment',
    text: '{ ...F } fragment F on Query { ... on Query { projects { region } } }',
  },
  { what: 'several operations, of which none is named', text: TWO },
])('never compiled: $what', ({ text }) => {
  expect(found(text)).toBeNull();
  expect(planQuery).not.toHaveBeenCalled();
});

test('operations of one document are kept apart by their names', () => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  known.add(TWO, 'A', parse(TWO));
  expect(known.find(TWO, 'B')).toBeNull();
  known.add(TWO, 'B', parse(TWO));
  expect(known.find(TWO, 'A')?.name).toBe('A');
  expect(known.find(TWO, 'B')?.name).toBe('B');
});

test.each(['before', 'after'])(
  'no name of an operation makes one text another, %s that is compiled',
  (when) => {
    const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
    const rest = '{ clusters { totalCount } }';
    known.add(`query A ${rest}`, undefined, parse(`query A ${rest}`));
    if (when === 'after') known.find(`query A ${rest}`, undefined);
    expect(known.find(rest, 'query A')).toBeNull();
    expect(known.find(`query A ${rest}`, undefined)).not.toBeNull();
  },
);

test('a document is not changed by being compiled', () => {
  const text = `query A($a: Boolean!) { clusters { ...F @include(if: $a) } } query B { clusters { ...F } } fragment F on QueryClustersConnection { totalCount }`;
  const document = parse(text);
  const before = JSON.stringify(document);
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  known.add(text, 'A', document);
  known.find(text, 'A');
  expect(JSON.stringify(document)).toBe(before);
});

/** Some thousand characters, so that not many of them are kept. */
const long = (n: number, characters = 10_000) =>
  `query Q${n} { clusters { totalCount } } #${'x'.repeat(characters)}`;

test('of many queries the latest are kept', () => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  for (let n = 0; n < 100; n += 1) known.add(long(n), undefined, parse(long(n)));
  expect(known.find(long(0), undefined)).toBeNull();
  expect(known.find(long(99), undefined)).not.toBeNull();
  const kept = Array.from({ length: 100 }, (_, n) => known.find(long(n), undefined)).filter(Boolean);
  expect(kept.length).toBeLessThan(25);
});

test('what is asked again and again stays, whatever else comes', () => {
  const known = createQueryCache(schema, createMemoryBudget(MEBIBYTE));
  known.add(NAMES, undefined, parse(NAMES));
  for (let n = 0; n < 100; n += 1) {
    known.add(long(n), undefined, parse(long(n)));
    expect(known.find(NAMES, undefined)).not.toBeNull();
  }
});

test('very long documents are not kept', () => {
  expect(found(long(1, 30_000))).toBeNull();
});

const OPERATIONS = () => fileWith(JSON.stringify({ '5d41402abc4b2a76b9719d911017c592': NAMES }));

test.each([
  { where: 'by default', settings: () => ({ COMPILE_QUERIES: 'on' }), times: 1 },
  {
    where: 'with registered operations beside others',
    settings: () => ({ PERSISTED_OPERATIONS: OPERATIONS() }),
    times: 1,
  },
  { where: 'where it is off', settings: () => ({ COMPILE_QUERIES: 'off' }), times: 0 },
  { where: 'where answers are kept', settings: () => ({ CACHE_TTL_MS: '1000' }), times: 0 },
  {
    where: 'with registered operations alone',
    settings: () => ({ PERSISTED_OPERATIONS: OPERATIONS(), PERSISTED_OPERATIONS_ONLY: '1' }),
    times: 0,
  },
])('gateways with a fast path, $where: $times', async ({ settings, times }) => {
  await gateway({ settings: { COMPILE_QUERIES: 'on', ...settings() } });
  expect(createFastPath).toHaveBeenCalledTimes(times);
});
