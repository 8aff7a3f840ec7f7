import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { startGateway } from '../../../src/server/gateway.ts';
import { type Answer, gateway, createMemoryLog } from '../../support/gateway.ts';
import { fileWith } from '../../support/projects-file.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const NAME = 'query Name($id: ID!) { cluster(clusterId: $id) { name } }';
const OTHER = '{ __typename }';
const WRITE =
  'mutation { verifyAndCreateEndpoint(input: { service: { id: "s" }, dataSourceType: "DWS" }) { userErrors { code } } }';
/** Not the SHA-256 of anything: what a hash is made of is the tool's affair. */
const MD5 = '5d41402abc4b2a76b9719d911017c592';
const OPERATIONS = { [hashOf(NAME)]: NAME, [MD5]: NAME, [hashOf(WRITE)]: WRITE };
const CLUSTER = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';
const WHO = { id: CLUSTER };
const FOUND = { data: { cluster: { name: expect.any(String) } } };

const byHash = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

const started = async (settings: Record<string, string> = {}, operations: object = OPERATIONS) => {
  const PERSISTED_OPERATIONS = fileWith(JSON.stringify(operations));
  const one = await gateway({ settings: { PERSISTED_OPERATIONS, ...settings } });
  const headers = { 'x-auth-token': SANDBOX.token, 'x-workspace-id': SANDBOX.workspaceId };
  const answerOf = async (response: Response) => ({
    status: response.status,
    answer: (await response.json()) as Answer,
  });
  return {
    ...one,
    post: async (body: object, accept = 'application/graphql-response+json') =>
      answerOf(
        await fetch(`${one.url}/graphql`, {
          method: 'POST',
          headers: { ...headers, accept, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    get: async (parameters: Record<string, object | string>) => {
      const texts = Object.entries(parameters).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const url = `${one.url}/graphql?${new URLSearchParams(texts).toString()}`;
      return answerOf(
        await fetch(url, { headers: { ...headers, accept: 'application/graphql-response+json' } }),
      );
    },
  };
};

const ONLY = { PERSISTED_OPERATIONS_ONLY: '1' };

test.each([
  { client: 'Apollo and urql', body: { extensions: byHash(hashOf(NAME)) } },
  { client: 'a tool with hashes of its own', body: { extensions: byHash(MD5) } },
  { client: 'Relay', body: { id: MD5 } },
  { client: 'others', body: { documentId: hashOf(NAME), operationName: 'Name' } },
  { client: 'a client that sends an empty text', body: { query: '', extensions: byHash(MD5) } },
])('an operation is taken by its hash as $client send it, alone or not', async ({ body }) => {
  for (const settings of [{}, ONLY]) {
    const { post } = await started(settings);
    expect(await post({ ...body, variables: WHO })).toEqual({ status: 200, answer: FOUND });
  }
});

test('queries come by GET and hash too, writes do not', async () => {
  const { get, calls } = await started(ONLY);
  const asked = { extensions: byHash(hashOf(NAME)), variables: WHO };
  expect(await get(asked)).toEqual({ status: 200, answer: FOUND });
  expect(calls()).toHaveLength(1);
  const { status, answer } = await get({ extensions: byHash(hashOf(WRITE)) });
  expect(status).toBe(405);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

test.each([{ settings: {} }, { settings: ONLY }])(
  'an unknown hash is told in the word that clients look for, with $settings',
  async ({ settings }) => {
    const { post, get, calls, log } = await started(settings);
    const extensions = byHash(hashOf('something else'));
    const told = {
      errors: [
        {
          message: 'PersistedQueryNotFound',
          extensions: { code: 'BAD_USER_INPUT', retryable: false, requestId: expect.any(String) },
        },
      ],
    };
    expect(await post({ extensions })).toEqual({ status: 400, answer: told });
    expect(await get({ extensions })).toEqual({ status: 400, answer: told });
    expect(await post({ extensions }, 'application/json')).toEqual({ status: 200, answer: told });
    for (const id of ['__proto__', 'constructor', ''])
      expect((await post({ extensions: byHash(id) })).answer).toEqual(told);
    expect(calls()).toEqual([]);
    expect(log.filter((line) => line.includes('unexpected'))).toEqual([]);
  },
);

test('other operations are taken where they are not refused', async () => {
  const { post } = await started();
  expect(await post({ query: OTHER })).toEqual({ status: 200, answer: { data: { __typename: 'Query' } } });
});

test.each([
  { what: 'another operation', body: { query: OTHER } },
  {
    what: 'another operation by the hash of a registered one',
    body: { query: OTHER, extensions: byHash(MD5) },
  },
  { what: 'the text of a registered one', body: { query: NAME, variables: WHO } },
  { what: 'what GraphiQL asks', body: { query: '{ __schema { types { name } } }' } },
])('where only registered operations are taken, $what is refused', async ({ body }) => {
  const { post, get, calls } = await started(ONLY);
  for (const { status, answer } of [await post(body), await get(body)]) {
    expect(status).toBe(403);
    expect(answer).toEqual({
      errors: [
        {
          message: expect.stringContaining('registered operations only'),
          extensions: { code: 'FORBIDDEN', retryable: false, requestId: expect.any(String) },
        },
      ],
    });
  }
  expect(calls()).toEqual([]);
});

test('a text with its own hash is taken, one with another hash is not', async () => {
  const { post, calls } = await started();
  expect(await post({ query: OTHER, extensions: byHash(hashOf(OTHER)) })).toMatchObject({ status: 200 });
  const { status, answer } = await post({ query: OTHER, extensions: byHash(hashOf(NAME)) });
  expect(status).toBe(400);
  expect(answer.errors).toMatchObject([
    { message: expect.stringContaining('sha256Hash'), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  // It was not kept under that name either.
  expect((await post({ extensions: byHash(hashOf(NAME)), variables: WHO })).answer).toEqual(FOUND);
  expect(calls()).toHaveLength(1);
});

test.each([
  {},
  { extensions: {} },
  { extensions: { persistedQuery: null } },
  { extensions: { persistedQuery: { version: 1, sha256Hash: 7 } } },
  { extensions: byHash(MD5).persistedQuery },
  { extensions: 'text' },
  { id: 7 },
  { documentId: null },
  { query: null },
  { query: OTHER, documentId: MD5 },
  { query: ['{ a }'] },
  { query: 7, extensions: byHash(MD5) },
])('%j is bad input, and never a mistake of the gateway', async (body) => {
  for (const settings of [{}, ONLY]) {
    const { post, log } = await started(settings);
    const { status, answer } = await post(body);
    expect([400, 403]).toContain(status);
    expect(answer.errors).toHaveLength(1);
    expect(['BAD_USER_INPUT', 'FORBIDDEN']).toContain(answer.errors![0]!.extensions.code);
    expect(log.filter((line) => line.includes('unexpected'))).toEqual([]);
  }
});

test('operations that do not fit the schema are told before anything is served', async () => {
  const operations = { good: NAME, old: '{ clusters { nodes { nmae } } }', bad: '{ cluster { name } }' };
  const PERSISTED_OPERATIONS = fileWith(JSON.stringify(operations));
  const config = readConfig({ PORT: '0', PERSISTED_OPERATIONS });
  await expect(startGateway(config, { log: createMemoryLog([]) })).rejects.toMatchObject({
    name: 'BadSettings',
    problems: [
      expect.stringMatching(/^PERSISTED_OPERATIONS: "old": Cannot query field "nmae" on type "Cluster"/),
      expect.stringMatching(/^PERSISTED_OPERATIONS: "bad": .*"clusterId"/),
    ],
  });
});

test('without a file a hash means nothing', async () => {
  const { ask, url } = await gateway();
  expect((await ask(OTHER)).data).toEqual({ __typename: 'Query' });
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ extensions: byHash(hashOf(NAME)) }),
  });
  expect(response.status).toBe(400);
});
