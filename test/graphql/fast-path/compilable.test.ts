import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { isCompilable } from '../../../src/graphql/fast-path/compilable.ts';
import { servedSchema } from '../../../src/graphql/schema.ts';

const schema = servedSchema();

const compilable = (text: string): boolean => {
  const document = parse(text);
  return isCompilable(schema, document, getOperationAST(document)!);
};

test.each([
  '{ __typename }',
  'query ($id: ID!) { cluster(clusterId: $id) { name connections(first: 10) { nodes { endpointId } } } }',
  '{ clusters(first: 3) { nodes { ...facts } } } fragment facts on Cluster { name httpsEnabled }',
  'query ($order: ConnectionOrder) { clusters { nodes { connections(orderBy: $order) { totalCount } } } }',
])('%s is compiled', (text) => {
  expect(compilable(text)).toBe(true);
});

test.each([
  { what: 'a text', text: '{ cluster(clusterId: "a") { name } }' },
  {
    what: 'a text that begins a piece of code',
    text: '{ clusters(filter: { name: "__MAGIC_DATE__" }) { totalCount } }',
  },
  { what: 'a text as default', text: 'query ($id: ID = "a") { cluster(clusterId: $id) { name } }' },
  { what: 'an object', text: '{ clusters(filter: {}) { totalCount } }' },
  { what: 'a list', text: 'query ($id: ID!) { nodes(ids: [$id]) { id } }' },
  { what: 'null', text: '{ clusters(filter: null) { totalCount } }' },
  { what: 'a condition', text: 'query ($x: Boolean!) { clusters @include(if: $x) { totalCount } }' },
  { what: 'an alias with an underscore', text: '{ a_b: clusters { totalCount } }' },
  {
    what: 'a variable that may be null where null is not allowed',
    text: 'query ($id: ID) { cluster(clusterId: $id) { name } }',
  },
  {
    what: 'more selections, with its fragments spread out, than are compiled while others wait',
    text: `{ ${Array.from({ length: 20 }, (_, at) => `c${at}: clusters { nodes { ...all } }`).join(' ')} }
      fragment all on Cluster { ${'name clusterId '.repeat(40)} }`,
  },
])('an operation with $what is not compiled', ({ text }) => {
  expect(compilable(text)).toBe(false);
});
