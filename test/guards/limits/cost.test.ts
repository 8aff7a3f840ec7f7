import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import {
  buildSchema,
  execute,
  getNamedType,
  type GraphQLField,
  type GraphQLFieldMap,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { expect, test } from 'vitest';
import { type CostHints, PAGED, costPerValueOf } from '../../../src/guards/limits/cost-hints.ts';
import { servedSchema } from '../../../src/graphql/schema.ts';
import { createLimits } from '../../../src/guards/limits/limits.ts';

const SIZES = { default: 20, max: 1000, maxRows: 10_000 };
const WIDE = {
  variablesBytes: 1e6,
  tokens: 1e5,
  depth: 100,
  aliases: 1e4,
  rootFields: 1e4,
  directives: 1e4,
  listLength: 1e5,
  cost: 1e8,
};

const SERVED = servedSchema();
const served = createLimits(SERVED, WIDE, SIZES);
const costOf = (query: string, variables: Record<string, unknown> = {}) =>
  served.estimate(parse(query), undefined, variables).estimated;

const fieldsOf = (schema: GraphQLSchema) =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields() as GraphQLFieldMap<unknown, unknown>).map((field) => ({
          where: `${type.name}.${field.name}`,
          field,
          fields: Object.keys((getNamedType(field.type) as { getFields?: () => object }).getFields?.() ?? {}),
        }))
      : [],
  );

test('every field with pages says that its rows count as many times as there are', () => {
  const pages = fieldsOf(SERVED).filter(({ fields }) => fields.includes('pageInfo'));
  expect(pages.length).toBeGreaterThan(9);
  const rowsOf = ({ extensions }: GraphQLField<unknown, unknown>) =>
    (extensions['costHints'] as CostHints | undefined)?.rows;
  const silent = pages.filter(({ field }) => rowsOf(field) !== PAGED.costHints.rows);
  expect(silent.map(({ where }) => where)).toEqual([]);
  for (const { fields } of pages) expect(fields).toEqual(expect.arrayContaining(['nodes', 'edges']));
});

const SHORT = 5;
const LOOKUP = 5;
const CONNECTIONS = 'connections { nodes { id } }';

test.each([
  { what: 'a field counts one', query: '{ __typename }', cost: 1 },
  { what: 'so does an object', query: '{ cluster(clusterId: "c") { name } }', cost: 1 + 1 },
  {
    what: 'a list without pages counts as a short one',
    query: '{ cluster(clusterId: "c") { tags { key value } addresses } }',
    cost: 1 + SHORT * (1 + 2) + SHORT,
  },
  {
    what: 'a page without rows counts no rows',
    query: '{ clusters(first: 500) { totalCount } }',
    cost: 1 + 1,
  },
  {
    what: 'a page counts its rows, and what is not of its rows once',
    query: '{ clusters(first: 5) { pageInfo { hasNextPage } nodes { name } } }',
    cost: 1 + 2 + 5 * 2,
  },
  {
    what: 'a list over all clusters and services counts what reading 200 of them takes',
    query: '{ connections(first: 5) { nodes { status } unavailable { code } } }',
    cost: 200 * 20 + 1 + 5 * 2 + 200 * 2,
  },
  {
    what: 'an edge is an object',
    query: '{ clusters(first: 5) { edges { node { name } } } }',
    cost: 1 + 5 * (1 + 2),
  },
  {
    what: 'all fields of a row count',
    query: '{ clusters(first: 5) { nodes { clusterId name status vpcId createdAt } } }',
    cost: 1 + 5 * (1 + 5),
  },
  { what: 'the page has its default size', query: '{ clusters { nodes { name } } }', cost: 41 },
  { what: 'null is no size', query: '{ clusters(first: null) { nodes { name } } }', cost: 41 },
  { what: '`last` is a size', query: '{ clusters(last: 7) { nodes { name } } }', cost: 15 },
  {
    what: 'the larger of two sizes counts',
    query: '{ clusters(first: 2, last: 7) { nodes { name } } }',
    cost: 15,
  },
  {
    what: 'a page is no larger than may be',
    query: '{ clusters(first: 99999) { nodes { name } } }',
    cost: 2001,
  },
  { what: 'nor smaller than nothing', query: '{ clusters(first: -5) { nodes { name } } }', cost: 1 },
  {
    what: 'pages of pages multiply',
    query:
      '{ clusters(first: 10) { nodes { connections(first: 50) { nodes { endpointService { name } } } } } }',
    cost: 1 + 10 * (1 + 1 + 50 * (1 + 2)),
  },
  {
    what: 'a variable is a size',
    query: 'query ($n: Int) { clusters(first: $n) { nodes { name } } }',
    variables: { n: 300 },
    cost: 601,
  },
  {
    what: 'so is its default',
    query: 'query ($n: Int = 30) { clusters(first: $n) { nodes { name } } }',
    cost: 61,
  },
  {
    what: 'a variable that is null has the default of the page',
    query: 'query ($n: Int = 30) { clusters(first: $n) { nodes { name } } }',
    variables: { n: null },
    cost: 41,
  },
  {
    what: 'a name that every object has is no variable',
    query: 'query ($constructor: Int) { clusters(first: $constructor) { nodes { name } } }',
    cost: 41,
  },
  {
    what: 'equal fields are one',
    query: '{ clusters { nodes { name } } clusters { nodes { name id } } }',
    cost: 1 + 20 * 3,
  },
  {
    what: 'aliases are several',
    query: '{ a: clusters { nodes { id } } b: clusters { nodes { id } } }',
    cost: 82,
  },
  {
    what: 'ids multiply',
    query: '{ nodes(ids: ["a", "b", "c"]) { id } }',
    cost: 3 * (LOOKUP + 1 + 1),
  },
  {
    what: 'ids of a variable multiply what is asked of each',
    query: `query ($i: [ID!]!) { nodes(ids: $i) { ... on Cluster { ${CONNECTIONS} } } }`,
    variables: { i: ['a', 'b', 'c'] },
    cost: 3 * (LOOKUP + 1 + 1 + 20 * 2),
  },
  {
    what: 'of two types behind fragments the dearer one counts',
    query:
      '{ node(id: "x") { ... on Cluster { a: id } ... on EndpointService { connections(first: 3) { nodes { id } } } ' +
      '... on Cluster { connections(first: 5) { nodes { id } } } } }',
    cost: 1 + 1 + (1 + 5 * 2),
  },
  {
    what: 'representations multiply',
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Cluster { ${CONNECTIONS} } } }`,
    variables: { r: Array.from({ length: 100 }, () => ({ __typename: 'Cluster', id: 'x' })) },
    cost: 100 * (LOOKUP + 1 + 1 + 20 * 2),
  },
  {
    what: 'what is skipped counts',
    query: '{ clusters @skip(if: true) { nodes { name } } }',
    cost: 41,
  },
])('$what', ({ query, variables, cost }) => {
  expect(costOf(query, variables)).toBe(cost);
});

const INTROSPECTED =
  '{ __schema { types { name fields { name type { name } } } directives { name args { name } } } }';

test('introspection counts what it gives, twice since that is worked out twice, and not what it names', () => {
  const { data } = execute({ schema: SERVED, document: parse(INTROSPECTED) }) as { data: object };
  const given = valuesIn(data) - 1;
  expect(given).toBeGreaterThan(1_000);
  expect(costOf(INTROSPECTED) / given / 2).toBeGreaterThan(0.95);
  expect(costOf(INTROSPECTED) / given / 2).toBeLessThan(1.05);
  expect(costOf('{ a: __type(name: "Cluster") { name } b: __type(name: "Nope") { name } }')).toBe(6);
});

test('introspection that unfolds without end is counted no further than the limit', () => {
  const below = (depth: number): string => (depth === 0 ? 'name' : `fields { type { ${below(depth - 1)} } }`);
  const tight = createLimits(SERVED, { ...WIDE, cost: 1_000 }, SIZES);
  const { estimated } = tight.estimate(parse(`{ __schema { types { ${below(8)} } } }`), undefined, {});
  expect(estimated).toBeGreaterThan(1_000);
});

test('the SDL weighs as much as the values that would be as long', () => {
  const bytes = readFileSync(new URL('../../../schema/subgraph.graphql', import.meta.url)).length;
  expect(costOf('{ _service { sdl } }')).toBe(1 + Math.ceil(bytes / 50));
  expect(costOf('{ _service { a: sdl b: sdl } }')).toBe(1 + 2 * Math.ceil(bytes / 50));
});

test('where the operation cannot be told, the dearest counts', () => {
  const document = parse('query A { clusters { totalCount } } query B { clusters { nodes { id } } }');
  const costs = ['A', 'B', 'C', undefined].map((name) => served.estimate(document, name, {}).estimated);
  expect(costs).toEqual([2, 41, 41, 41]);
});

const MODEL = buildSchema(`
  type Query { one: Thing page(first: Int, last: Int): Page many(ids: [ID!]!): [Thing] }
  type Thing { name: String one: Thing page(first: Int, last: Int): Page }
  type Page { totalCount: Int pageInfo: Info nodes: [Thing] edges: [Edge] }
  type Edge { cursor: String node: Thing }
  type Info { more: Boolean }
`);
for (const { field } of fieldsOf(MODEL)) {
  if (field.name === 'page') field.extensions = PAGED;
  if (field.name === 'many') field.extensions = costPerValueOf('ids');
}
const MODEL_SIZES = { default: 2, max: 3, maxRows: 10 };
const model = createLimits(MODEL, WIDE, MODEL_SIZES);

/** The values of an answer: its objects, without the outermost one, and what they have beside objects. */
const valuesIn = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + valuesIn(item), 0);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + valuesIn(item), 1);
};

/** Runs a query on lists that are all full, and counts the values it was given, and those of each id that was looked up. */
const valuesGiven = (query: string, variables: Record<string, unknown>): number => {
  let lookups = 0;
  const several = (count: number, make: () => object) => Array.from({ length: count }, make);
  const thing = (): object => ({ name: 'x', one: thing, page });
  const page = ({ first, last }: { first?: number; last?: number }): object => {
    const rows = Math.min(last ?? first ?? MODEL_SIZES.default, MODEL_SIZES.max);
    return {
      totalCount: 0,
      pageInfo: () => ({ more: false }),
      nodes: () => several(rows, thing),
      edges: () => several(rows, () => ({ cursor: 'x', node: thing })),
    };
  };
  const many = ({ ids }: { ids: string[] }) => {
    lookups += ids.length;
    return several(ids.length, thing);
  };
  const rootValue = { one: thing, page, many };
  const result = execute({ schema: MODEL, document: parse(query), rootValue, variableValues: variables });
  expect(result).not.toHaveProperty('errors');
  return valuesIn((result as { data: object }).data) - 1 + LOOKUP * lookups;
};

const FRAGMENTS = 3;
// What a name stands for goes with the name, so that fields of one name can always be merged.
const PAGES = [
  'page',
  'p0: page(first: 0)',
  'p1: page(last: 1)',
  'p9: page(first: 9)',
  'pn: page(first: $n)',
];

const selections = (kind: 'Query' | 'Thing', depth: number, spreads: number): fc.Arbitrary<string> => {
  const inner = () => selections('Thing', depth - 1, spreads);
  const of = (parts: fc.Arbitrary<string>) =>
    fc.array(parts, { minLength: 1, maxLength: 3 }).map((some) => some.join(' '));
  const pageParts = () =>
    of(
      fc.oneof(
        fc.constantFrom('totalCount', 'pageInfo { more }'),
        inner().map((below) => `nodes { ${below} }`),
        inner().map((below) => `edges { cursor node { ${below} } }`),
        inner().map((below) => `... on Page { edges { node { ${below} } } }`),
      ),
    );
  const leaves: fc.Arbitrary<string>[] = [fc.constant('__typename')];
  if (kind === 'Thing') leaves.push(fc.constant('name'));
  if (kind === 'Thing' && spreads < FRAGMENTS)
    leaves.push(fc.integer({ min: spreads, max: FRAGMENTS - 1 }).map((at) => `...F${at}`));
  if (depth === 0) return of(fc.oneof(...leaves));
  const parts = [
    ...leaves,
    fc.constantFrom('one', 'other: one').chain((name) => inner().map((below) => `${name} { ${below} }`)),
    fc.constantFrom(...PAGES).chain((name) => pageParts().map((below) => `${name} { ${below} }`)),
    selections(kind, depth - 1, spreads).map((below) => `... on ${kind} { ${below} }`),
  ];
  if (kind === 'Query') parts.push(inner().map((below) => `many(ids: $ids) { ${below} }`));
  return of(fc.oneof(...parts));
};

const documents = fc
  .tuple(
    selections('Query', 3, 0),
    ...Array.from({ length: FRAGMENTS }, (_, at) => selections('Thing', 2, at + 1)),
  )
  .map(
    ([root, ...fragments]) =>
      `query ($n: Int = 3, $ids: [ID!]! = ["a"]) { ${root} } ` +
      fragments.map((of, at) => `fragment F${at} on Thing { ${of} }`).join(' '),
  );

test('the estimate of each request is what execution gives where every page is full', () => {
  let counted = 0;
  fc.assert(
    fc.property(
      documents,
      fc.array(
        fc.record(
          { n: fc.integer({ min: 0, max: 5 }), ids: fc.array(fc.constant('a'), { maxLength: 3 }) },
          { requiredKeys: [] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      (query, requests) => {
        const document = parse(query);
        const unfit = validate(MODEL, document).filter(({ message }) => !/never used/.test(message));
        expect(unfit).toEqual([]);
        for (const variables of requests) {
          const { estimated } = model.estimate(document, undefined, variables);
          expect(estimated).toBe(valuesGiven(query, variables));
          if (estimated > 10) counted += 1;
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(counted).toBeGreaterThan(20);
});
