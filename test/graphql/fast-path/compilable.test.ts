import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { isCompilable } from '../../../src/graphql/fast-path/compilable.ts';

test.each([
  '{ __typename }',
  'query ($id: ID!) { cluster(clusterId: $id) { name connections(first: 10) { nodes { endpointId } } } }',
  '{ clusters(first: 3) { nodes { ...facts } } } fragment facts on Cluster { name httpsEnabled }',
  '{ a_b: clusters(filter: { name: "a" }) { totalCount } nodes(ids: ["a", null]) { id } }',
])('%s is compiled', (text) => {
  expect(isCompilable(parse(text))).toBe(true);
});

test.each([
  { what: 'a condition', text: 'query ($x: Boolean!) { clusters @include(if: $x) { totalCount } }' },
  { what: 'a condition on a fragment', text: '{ ... @skip(if: true) { clusters { totalCount } } }' },
  { what: 'an alias that is no ordinary property', text: '{ __proto__: clusters { totalCount } }' },
])('an operation with $what is not compiled', ({ text }) => {
  expect(isCompilable(parse(text))).toBe(false);
});
