import { expect, test } from 'vitest';
import { withoutSuggestion } from '../../src/graphql/suggestions.ts';
import { gateway } from '../support/gateway.ts';

const CLUSTER = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';

/** Operations with a slip, and the name of the schema that graphql-js proposes for it. */
const SLIPS: { slip: string; query: string; variables?: object; proposed: string }[] = [
  { slip: 'a field', query: '{ clustrs { totalCount } }', proposed: '"clusters"' },
  {
    slip: 'a field with several like it',
    query: '{ endpointServic { name } }',
    proposed: '"endpointService", "endpointServices"',
  },
  { slip: 'a field of an interface', query: '{ node(id: "x") { name } }', proposed: '"Cluster"' },
  {
    slip: 'a field of an interface by a typo',
    query: '{ node(id: "x") { idd } }',
    proposed: '"id"',
  },
  { slip: 'an argument', query: '{ clusters(frist: 1) { totalCount } }', proposed: '"first"' },
  { slip: 'an argument of a directive', query: '{ __typename @skip(iff: true) }', proposed: '"if"' },
  { slip: 'a type of a variable', query: 'query ($a: Strin) { __typename }', proposed: '"String"' },
  { slip: 'a type of a fragment', query: '{ ... on Quer { __typename } }', proposed: '"Query"' },
  {
    slip: 'an enum value',
    query: `{ endpointServices(orderBy: { field: CREATED, direction: ASC }) { totalCount } }`,
    proposed: '"CREATED_AT"',
  },
  {
    slip: 'an enum value as text',
    query: `{ endpointServices(orderBy: { field: "CREATED_AT", direction: ASC }) { totalCount } }`,
    proposed: '"CREATED_AT"',
  },
  {
    slip: 'an input field',
    query: '{ clusters(filter: { nam: "a" }) { totalCount } }',
    proposed: '"name"',
  },
  {
    slip: 'an enum value in a variable',
    query: 'query ($o: EndpointServiceOrder) { endpointServices(orderBy: $o) { totalCount } }',
    variables: { o: { field: 'CREATED', direction: 'ASC' } },
    proposed: '"CREATED_AT"',
  },
  {
    slip: 'an input field in a variable',
    query: 'query ($f: ClusterFilter) { clusters(filter: $f) { totalCount } }',
    variables: { f: { nam: 'a' } },
    proposed: '"name"',
  },
  { slip: 'a field without a selection', query: '{ clusters }', proposed: '"clusters { ... }"' },
];

test.each(SLIPS)('while developing, what was meant by $slip is proposed', async ({ query, ...slip }) => {
  const { ask } = await gateway();
  const { errors } = await ask(query, slip.variables);
  const proposal = errors?.find(({ message }) => message.includes(' Did you mean '))?.message ?? '';
  expect(proposal.slice(proposal.indexOf(' Did you mean '))).toContain(slip.proposed);
});

test.each([
  { NODE_ENV: 'production' },
  { NODE_ENV: 'production', INTROSPECTION: 'on' },
  { INTROSPECTION: 'off' },
])('with %j no name of the schema is proposed, and what is wrong is still told', async (settings) => {
  const developing = await gateway();
  const { ask } = await gateway({ settings });
  for (const { slip, query, variables } of SLIPS) {
    const told = (await ask(query, variables)).errors!;
    const whole = (await developing.ask(query, variables)).errors!;
    expect(JSON.stringify(told), slip).not.toMatch(/did you mean/i);
    expect(told, slip).toHaveLength(whole.length);
    told.forEach(({ message, extensions }, at) => {
      expect(message.length, slip).toBeGreaterThan(10);
      expect(whole[at]!.message.startsWith(message), slip).toBe(true);
      expect(extensions.code, slip).toBe(whole[at]!.extensions.code);
    });
  }
});

test('in production a subscription with a slip proposes nothing either', async () => {
  const { ask } = await gateway({ settings: { NODE_ENV: 'production' } });
  const answer = await ask(`subscription { connectionStatusChanged(clusterID: "${CLUSTER}") { status } }`);
  expect(answer.errors!.map(({ message }) => message)).toContain(
    'Unknown argument "clusterID" on field "Subscription.connectionStatusChanged".',
  );
});

const QUOTES = [
  'Did you mean "clusters"?',
  ' Did you mean "clusters"?',
  'x. Did you mean the enum value "NAME"?',
  'x. Did you mean to use an inline fragment on "Cluster" or "Connection"?',
];

test.each(QUOTES)('an operation may say `%s` itself', async (text) => {
  const { ask } = await gateway({ settings: { NODE_ENV: 'production' } });
  const literal = await ask(`{ clusters(first: ${JSON.stringify(text)}) { totalCount } }`);
  expect(literal.errors![0]!.message).toContain(JSON.stringify(text));
  const block = await ask(`{ clusters(first: """${text}|""") { totalCount } }`);
  expect(block.errors![0]!.message).toContain(text.trim());
  const variable = await ask('query ($n: Int) { clusters(first: $n) { totalCount } }', { n: text });
  expect(variable.errors![0]!.message).toContain(JSON.stringify(text));
});

test.each([
  ['Cannot query field "a" on type "Query". Did you mean "b"?', 'Cannot query field "a" on type "Query".'],
  ['Unknown type "A". Did you mean "B" or "C"?', 'Unknown type "A".'],
  ['Unknown type "A". Did you mean "B", "C", "D", "E", or "F"?', 'Unknown type "A".'],
  ['X. Did you mean to use an inline fragment on "A", "B", or "C"?', 'X.'],
  ['Did you mean "b"?', 'Did you mean "b"?'],
  ['Nothing is proposed.', 'Nothing is proposed.'],
])('of "%s" there remains "%s"', (message, rest) => {
  expect(withoutSuggestion(message)).toBe(rest);
});

test('a message of any length is looked through at once', () => {
  const long = `${' Did you mean "a"'.repeat(2_000)}${', "a"'.repeat(20_000)}!`;
  const started = performance.now();
  expect(withoutSuggestion(long)).toBe(long);
  expect(performance.now() - started).toBeLessThan(5_000);
});
