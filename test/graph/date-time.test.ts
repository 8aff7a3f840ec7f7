import { expect, test } from 'vitest';
import { gateway } from '../support/gateway.ts';

const SAYS = /A DateTime is a time as ISO 8601 text, such as/;

test.each([
  {
    where: 'in the text of a query',
    query: '{ connections(filter: { createdAfter: "yesterday" }) { totalCount } }',
    variables: {},
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    where: 'in a variable',
    query: 'query ($at: DateTime) { connections(filter: { createdAfter: $at }) { totalCount } }',
    variables: { at: 'yesterday' },
    code: 'BAD_USER_INPUT',
  },
])('a time that is none is refused before any call, $where', async ({ query, variables, code }) => {
  const { ask, calls } = await gateway();
  const { errors } = await ask(query, variables);
  expect(errors!.map(({ message }) => message)).toEqual([expect.stringMatching(SAYS)]);
  expect(errors![0]!.extensions.code).toBe(code);
  expect(calls()).toEqual([]);
});
