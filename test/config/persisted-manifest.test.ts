import { expect, test } from 'vitest';
import { readManifest } from '../../src/config/persisted-manifest.ts';

const PLAIN = { h1: '{ __typename }', h2: 'query Two { clusters { totalCount } }' };

const APOLLO = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: 'h1', name: 'One', type: 'query', body: '{ __typename }' },
    { id: 'h2', name: 'Two', type: 'query', body: 'query Two { clusters { totalCount } }' },
  ],
};

test.each([
  { form: 'an object of hashes, as Relay writes it', text: JSON.stringify(PLAIN) },
  { form: 'a manifest of Apollo', text: JSON.stringify(APOLLO) },
  { form: 'a file with a byte order mark', text: `\uFEFF${JSON.stringify(PLAIN, null, 2)}\n` },
])('$form holds its operations', ({ text }) => {
  expect(readManifest(text)).toEqual({ operations: new Map(Object.entries(PLAIN)), problems: [] });
});

test.each([
  { what: 'nothing', text: '' },
  { what: 'a list of operations', text: 'query { a }' },
  { what: 'half a file', text: JSON.stringify(PLAIN).slice(0, -1) },
])('$what is not JSON', ({ text }) => {
  expect(readManifest(text).problems).toEqual([
    expect.stringMatching(/^is not JSON; must be an object of hashes/),
  ]);
});

test.each([
  { what: 'a list', json: ['{ a }'] },
  { what: 'a text', json: '{ a }' },
  { what: 'null', json: null },
  { what: 'an object of other things', json: { h1: { query: '{ a }' } } },
  { what: 'an Apollo manifest of another version', json: { ...APOLLO, version: 2 } },
  { what: 'a manifest of another format', json: { ...APOLLO, format: 'other' } },
  { what: 'an Apollo manifest without a body', json: { ...APOLLO, operations: [{ id: 'h1' }] } },
  { what: 'an Apollo manifest without operations', json: { format: APOLLO.format, version: '1' } },
])('$what is not one of the forms, and both are told', ({ json }) => {
  const { operations, problems } = readManifest(JSON.stringify(json));
  expect(problems).toEqual([
    expect.stringMatching(/object of hashes and operations.*apollo-persisted-query-manifest/),
  ]);
  expect(operations.size).toBe(0);
});

test.each([{ json: {} }, { json: { ...APOLLO, operations: [] } }])('$json has no operations', ({ json }) => {
  expect(readManifest(JSON.stringify(json)).problems).toEqual([
    expect.stringMatching(/^has no operations; must be an object of hashes/),
  ]);
});

test('every operation that is none is told by its hash', () => {
  const { problems } = readManifest(
    JSON.stringify({
      good: '{ a }',
      broken: 'query {\n  a(\n}',
      empty: '',
      fragment: 'fragment F on Query { a }',
      deep: '{a'.repeat(100_000),
      '': '{ a }',
    }),
  );
  expect(problems).toEqual([
    expect.stringMatching(/^"broken": is not GraphQL: Syntax Error: .* \(line 3\)$/),
    expect.stringMatching(/^"empty": is not GraphQL: /),
    '"fragment": has no operation',
    '"deep": is nested too deeply',
    'an operation has an empty hash',
  ]);
});

test('one hash for two operations is told, for the same one twice it is not', () => {
  const twice = (body: string) =>
    readManifest(
      JSON.stringify({ ...APOLLO, operations: [...APOLLO.operations, { ...APOLLO.operations[0], body }] }),
    ).problems;
  expect(twice('{ __typename }')).toEqual([]);
  expect(twice('{ projects { region } }')).toEqual(['"h1": is the hash of two operations']);
});
