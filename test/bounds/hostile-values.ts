import * as fc from 'fast-check';
import { type Documents, repeated } from './hostile-documents.ts';

/** Ids that are none of ours: too long, of another kind, or nearly right. */
const badId: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'nope', '../x', 'WzEsIkNsdXN0ZXIiXQ', '%00', '__proto__'),
  fc.integer({ min: 1, max: 150 }).map((length) => 'x'.repeat(length)),
  fc
    .nat()
    .map((number) =>
      Buffer.from(JSON.stringify([1, 'Cluster', 'r', 'p', String(number)])).toString('base64url'),
    ),
);

const many = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> =>
  fc
    .tuple(fc.constantFrom(1, 10, 100, 999, 1000, 1001), fc.array(one, { minLength: 1, maxLength: 20 }))
    .map(([length, some]) => Array.from({ length }, (_, at) => some[at % some.length]));

const times: fc.Arbitrary<number> = fc.constantFrom(1, 2, 24, 25, 50);

const badNodes: Documents = fc.record({ ids: many(badId), times }).map(({ ids, times: count }) => ({
  query: `query ($i: [ID!]!) { ${repeated(count, (at) => `a${at}: nodes(ids: $i) { id __typename ... on Cluster { name } }`)} }`,
  variables: { i: ids },
}));

const representation: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({
    __typename: fc.constantFrom('Cluster', 'Connection', 'Endpoint', 'Nothing', '__proto__', ''),
    id: badId,
  }),
  fc.record({ __typename: fc.constant('Cluster'), region: badId, projectId: badId, clusterId: badId }),
  fc.jsonValue({ maxDepth: 3 }),
);

const badEntities: Documents = fc.record({ of: many(representation), times }).map(({ of, times: count }) => ({
  query: `query ($of: [_Any!]!) { ${repeated(count, (at) => `a${at}: _entities(representations: $of) { __typename ... on Cluster { id name } }`)} }`,
  variables: { of },
}));

/** Values in one another, in the document and in a variable. */
const nested: Documents = fc
  .record({ depth: fc.integer({ min: 1, max: 2000 }), open: fc.constantFrom('[', '{a:') })
  .map(({ depth, open }) => ({
    query: `query ($v: ClusterFilter) { a: clusters(filter: ${repeated(depth, () => open, '')} 1 ${repeated(depth, () => (open === '[' ? ']' : '}'), '')}) { totalCount } b: clusters(filter: $v) { totalCount } }`,
    variables: {
      v: JSON.parse(`${'{"a":'.repeat(Math.min(depth, 500))}1${'}'.repeat(Math.min(depth, 500))}`) as unknown,
    },
  }));

const longTexts: Documents = fc
  .record({
    length: fc.integer({ min: 1, max: 60_000 }),
    letter: fc.constantFrom('a', '🐎', '\u2028', '\\', '"', '\u0000'),
    block: fc.boolean(),
  })
  .map(({ length, letter, block }) => {
    const text = letter.repeat(length);
    const written = block ? `"""${'\n   a'.repeat(Math.min(length, 4000))}"""` : JSON.stringify(text);
    return {
      query: `query ($n: String) { a: clusters(filter: { name: ${written} }) { totalCount } b: clusters(filter: { name: $n }) { totalCount } }`,
      variables: { n: text },
    };
  });

const manyVariables: Documents = fc
  .record({
    count: fc.integer({ min: 10, max: 900 }),
    type: fc.constantFrom('Int = 1', 'Int!', '[[[Int]]]', 'Nothing', 'ClusterFilter = { name: "a" }'),
    used: fc.boolean(),
  })
  .map(({ count, type, used }) => ({
    query: `query (${repeated(count, (at) => `$v${at}: ${type}`)}) { ${used ? repeated(Math.min(count, 100), (at) => `a${at}: clusters(first: $v${at}) { totalCount }`) : '__typename'} }`,
    variables: Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, at])),
  }));

const operations: Documents = fc.integer({ min: 2, max: 600 }).map((count) => ({
  query: repeated(count, (at) => `query Q${at} { __typename }`),
  operationName: 'Q1',
}));

/** What does not parse: found at its end, or nested deeper than a stack. */
const broken: Documents = fc
  .record({
    times: fc.integer({ min: 1, max: 60_000 }),
    token: fc.constantFrom('{', '[', '(', '{a', '...', '"', '@a', '$', '#', '\u0000', ' '),
  })
  .map(({ times: count, token }) => ({ query: token.repeat(count).slice(0, 200_000) }));

/** Documents whose values are what is hostile in them. */
export const VALUE_DOCUMENTS: Readonly<Record<string, Documents>> = {
  badNodes,
  badEntities,
  nested,
  longTexts,
  manyVariables,
  operations,
  broken,
};
