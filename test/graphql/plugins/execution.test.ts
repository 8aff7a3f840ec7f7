import { expect, test } from 'vitest';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

const WATCH =
  'subscription ($ids: [ID!]!) { connectionStatusChanged(parent: { clusterId: "x" }, endpointIds: $ids) { status } }';

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

const CONNECTIONS =
  'query Q($f: ConnectionFilter) { endpointService(by: { id: "s" }) { connections(filter: $f) { totalCount } } }';
const NODES = 'query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const FIRST = 'query Q($first: Int!) { clusters(first: $first) { totalCount } }';
const CREATE =
  'mutation M($input: CreateEndpointInput!) { createEndpoint(input: $input) { deletedId: __typename } }';

test.each([
  {
    query: CONNECTIONS,
    variables: { f: { status: ['NOPE'] } },
    told: 'Variable "$f" at "f.status[0]": Value "NOPE" does',
  },
  {
    query: CONNECTIONS,
    variables: { f: { domainId: {} } },
    told: 'Variable "$f" at "f.domainId": ID cannot',
  },
  { query: CONNECTIONS, variables: { f: { other: 1 } }, told: 'Variable "$f": Field "other" is not defined' },
  {
    query: NODES,
    variables: { ids: ['a', null] },
    told: 'Variable "$ids" at "ids[1]": Expected non-nullable',
  },
  { query: FIRST, variables: {}, told: 'Variable "$first" of required type "Int!" was not provided.' },
  {
    query: FIRST,
    variables: { first: 'x; at "first.y"' },
    told: 'Variable "$first": Int cannot represent non-integer',
  },
  { query: FIRST, variables: { first: 2 ** 40 }, told: 'Variable "$first": Int cannot represent non 32-bit' },
  {
    query: CREATE,
    variables: {
      input: {
        serviceId: 's',
        vpcId: 'v',
        tags: [
          { key: 'k', value: 'v' },
          { key: 5, value: 'v' },
        ],
      },
    },
    told: 'Variable "$input" at "input.tags[1].key": String cannot represent',
  },
])('variables that do not fit are named with the path in them: $told', async ({ query, variables, told }) => {
  const { url, calls } = await gateway();
  // A query that came before may have been compiled meanwhile: it is refused in the same words.
  for (const time of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, accept: JSON_TYPE, 'x-auth-token': SANDBOX.token },
      body: JSON.stringify({ query, variables }),
    });
    // oxlint-disable-next-line no-await-in-loop
    const answer = (await response.json()) as { errors: { message: string; extensions: object }[] };
    expect(response.status, String(time)).toBe(400);
    expect(answer.errors[0]!.message).toContain(told);
    expect(answer.errors[0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    expect(answer).not.toHaveProperty('data');
  }
  expect(calls()).toEqual([]);
});

test('a value that is long is not sent back whole', async () => {
  const { ask } = await gateway();
  const { errors } = await ask(FIRST, { first: 'x'.repeat(100_000) });
  expect(errors![0]!.message).toMatch(/^Variable "\$first": Int cannot represent non-integer value: "x+…$/);
  expect(errors![0]!.message.length).toBeLessThan(600);
});
