import { buildSchema, parse, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import { WrongUse } from '../../src/cli/exit-codes.ts';
import { findPagedField } from '../../src/cli/paged-field.ts';
import { readContract } from '../../src/graphql/contract.ts';

const SCHEMA = buildSchema(readContract('api'));

const find = (text: string) => findPagedField(SCHEMA, parse(text));

const normal = (text: string) => print(parse(text));

test.each([
  ['a root field', '{ clusters { nodes { name } } }', ['clusters'], 'nodes'],
  ['an alias', '{ all: clusters { rows: nodes { name } } }', ['all'], 'rows'],
  ['edges', '{ clusters { edges { node { name } } } }', ['clusters'], 'edges'],
  [
    'a field of one thing',
    '{ cluster(clusterId: "c") { name connections { nodes { status } } } }',
    ['cluster', 'connections'],
    'nodes',
  ],
  [
    'the first of two',
    '{ projects { region } endpoints { nodes { status } } clusters { nodes { name } } }',
    ['endpoints'],
    'nodes',
  ],
  [
    'in a fragment',
    '{ ...Q } fragment Q on Query { clusters { ...P } } fragment P on QueryClustersConnection { nodes { name } }',
    ['clusters'],
    'nodes',
  ],
  ['the outer of two', '{ clusters { nodes { connections { nodes { status } } } } }', ['clusters'], 'nodes'],
])('the field that has pages: %s', (_, text, path, list) => {
  expect(find(text)).toMatchObject({ path, list });
});

test('a list in a list has no pages of its own', () => {
  expect(
    find('{ nodes(ids: ["a"]) { ... on Cluster { connections { nodes { status } } } } }'),
  ).toBeUndefined();
  expect(find('{ projects { region } }')).toBeUndefined();
});

test.each([
  ['no rows', '{ clusters { totalCount } }', /select its rows once/],
  ['rows twice', '{ clusters { nodes { name } edges { cursor } } }', /select its rows once/],
  ['backwards', '{ clusters(last: 5) { nodes { name } } }', /forwards/],
  ['backwards from a place', '{ clusters(before: "x") { nodes { name } } }', /forwards/],
])('%s cannot be followed, and the message says what to change', (_, text, message) => {
  expect(() => find(text)).toThrow(WrongUse);
  expect(() => find(text)).toThrow(message);
});

test('the first query is the given one, in pages of 100, that also asks where the page ends', () => {
  const { first } = find(
    'query ($n: String) { clusters(filter: { name: $n }) { nodes { name } } quotas { type } }',
  )!;
  expect(first).toBe(
    normal(`query ($n: String) {
      clusters(filter: { name: $n }, first: 100) {
        nodes { name }
        followedPageInfo: pageInfo { hasNextPage endCursor } followedTruncatedAt: truncatedAt
      }
      quotas { type }
    }`),
  );
});

test('a later query asks for nothing but rows of the field, and keeps the size of the page', () => {
  const { next } = find(`
    query Ask($n: String, $id: ID!, $size: Int) {
      cluster(clusterId: $id) { name connections(first: $size, after: "x") { totalCount nodes { ...C } pageInfo { endCursor } } }
      clusters(filter: { name: $n }) { nodes { ...Unused } }
    }
    fragment C on Connection { status ...D }
    fragment D on Connection { ipv4 }
    fragment Unused on Cluster { name }`)!;
  expect(normal(next)).toBe(
    normal(`
    query Ask($id: ID!, $size: Int, $followed: String) {
      cluster(clusterId: $id) {
        connections(first: $size, after: $followed) {
          nodes { ...C } pageInfo { endCursor }
          followedPageInfo: pageInfo { hasNextPage endCursor } followedTruncatedAt: truncatedAt
        }
      }
    }
    fragment C on Connection { status ...D }
    fragment D on Connection { ipv4 }`),
  );
});

test.each([
  '{ clusters { nodes { name } } }',
  'query ($id: ID!, $skip: Boolean!) { cluster(clusterId: $id) { connections { nodes { status ipv4 @skip(if: $skip) } } } }',
  '{ ...Q } fragment Q on Query { clusters(first: 7) { ...P } } fragment P on QueryClustersConnection { edges { node { name } } }',
])('both queries are valid: %s', (text) => {
  const { first, next } = find(text)!;
  expect(validate(SCHEMA, parse(first))).toEqual([]);
  expect(validate(SCHEMA, parse(next))).toEqual([]);
});
