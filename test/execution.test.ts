import { expect, test } from 'vitest';
import { SANDBOX } from '../src/sandbox/world.ts';
import { gateway } from './support/gateway.ts';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

const WATCH =
  'subscription ($ids: [ID!]!) { connectionStatusChanged(clusterId: "x", endpointIds: $ids) { status } }';

test.each([
  {
    what: 'variables that do not fit',
    body: { query: 'query ($n: Int) { clusters(first: $n) { totalCount } }', variables: { n: 'one' } },
    accept: [JSON_TYPE, GRAPHQL_TYPE],
  },
  {
    what: 'variables of a mutation that are missing',
    body: {
      query: 'mutation ($input: DeleteEndpointInput!) { deleteEndpoint(input: $input) { deletedId } }',
    },
    accept: [JSON_TYPE, GRAPHQL_TYPE],
  },
  {
    what: 'an operation that is not in the document',
    body: { query: 'query A { __typename } query B { __typename }', operationName: 'C' },
    accept: [JSON_TYPE, GRAPHQL_TYPE],
  },
  {
    what: 'several operations, and none of them named',
    body: { query: 'query A { __typename } query B { __typename }' },
    accept: [JSON_TYPE, GRAPHQL_TYPE],
  },
  {
    what: 'variables of a subscription that do not fit',
    body: { query: WATCH, variables: { ids: [1.5] } },
    accept: ['text/event-stream'],
  },
])('$what: nothing runs, and the answer has the status 400', async ({ body, accept }) => {
  const { url, calls } = await gateway();
  for (const type of accept) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, accept: type, 'x-auth-token': SANDBOX.token },
      body: JSON.stringify(body),
    });
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const text = await response.text();
    expect.soft(text).toContain('"code":"BAD_USER_INPUT"');
    expect.soft(text).not.toContain('"data":');
    expect.soft(response.status, type).toBe(400);
  }
  expect(calls()).toEqual([]);
});

test('a subscription that its field refuses is answered with events, as any failure of a field', async () => {
  const { url } = await gateway();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': JSON_TYPE, accept: 'text/event-stream', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: WATCH, variables: { ids: [] } }),
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('"path":["connectionStatusChanged"]');
});
