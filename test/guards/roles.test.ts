import { hash } from 'node:crypto';
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { CLUSTER } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';
import { fileWith } from '../support/projects-file.ts';

const KEYS = { plain: 'key-without-a-role', reader: 'key-that-reads', writer: 'key-that-writes' };
const API_KEYS = [
  `plain:${hash('sha256', KEYS.plain)}`,
  `reader:${hash('sha256', KEYS.reader)}:read`,
  `writer:${hash('sha256', KEYS.writer)}:write`,
].join(',');
const SIGNING = { HW_ACCESS_KEY: SANDBOX.accessKey, HW_SECRET_KEY: SANDBOX.secretKey };

const pair = await generateKeyPair('ES256', { extractable: true });
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const tokenWith = async (claims: JWTPayload) =>
  bearer(
    await new SignJWT({ sub: 's', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime('1m')
      .sign(pair.privateKey),
  );

const QUERY = `query Read { cluster(clusterId: "${CLUSTER}") { name } }`;
const DISABLE = `mutation Write { disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) { userErrors { code } } }`;
const SUBSCRIPTION = `subscription Watch { endpointStatusChanged(endpointIds: ["nowhere"]) { status } }`;
const DONE = { data: { disableEndpointAccess: { userErrors: expect.anything() } } };

const send = async (
  { url }: Pick<TestGateway, 'url'>,
  headers: Record<string, string>,
  body: object,
  accept = 'application/graphql-response+json',
) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
};

const REFUSED = {
  status: 403,
  answer: {
    errors: [
      {
        message: expect.stringMatching(/role `write`.*API_KEYS, JWT_WRITE_SCOPE/),
        extensions: { code: 'FORBIDDEN', retryable: false, requestId: expect.any(String) },
      },
    ],
  },
};

test.each(['plain', 'reader'] as const)(
  'the key `%s` reads and subscribes, and does not write',
  async (name) => {
    const gate = await gateway({ settings: { ...SIGNING, API_KEYS }, token: '' });
    const own = bearer(KEYS[name]);
    expect(await send(gate, own, { query: QUERY })).toMatchObject({
      status: 200,
      answer: { data: { cluster: { name: expect.any(String) } } },
    });
    const events = await subscribe(gate, SUBSCRIPTION, {}, own);
    expect((await events.rest())[0]?.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    gate.calls();
    expect(await send(gate, own, { query: DISABLE })).toEqual(REFUSED);
    expect(gate.calls()).toEqual([]);
  },
);

test('a key with the role `write` reads and writes', async () => {
  const gate = await gateway({ settings: { ...SIGNING, API_KEYS }, token: '' });
  const own = bearer(KEYS.writer);
  expect(await send(gate, own, { query: QUERY })).toMatchObject({ answer: { data: { cluster: {} } } });
  expect(await send(gate, own, { query: DISABLE })).toMatchObject({ status: 200, answer: DONE });
});

test('a client that reads `application/json` alone gets the refusal with status 200, as any error of an operation', async () => {
  const gate = await gateway({ settings: { API_KEYS } });
  expect(await send(gate, bearer(KEYS.reader), { query: DISABLE }, 'application/json')).toEqual({
    ...REFUSED,
    status: 200,
  });
});

test.each([
  { claims: { scope: 'openid graph:write' }, writes: true },
  { claims: { scp: ['graph:write'] }, writes: true },
  { claims: { scope: 'openid' }, writes: false },
  { claims: {}, writes: false },
])('a token with $claims may write: $writes', async ({ claims, writes }) => {
  const { url: JWT_JWKS_URL } = await startKeyServer([await publicJwk(pair, 'ES256')]);
  const settings = { ...SIGNING, JWT_JWKS_URL, JWT_WRITE_SCOPE: 'graph:write' };
  const gate = await gateway({ settings, token: '' });
  const own = await tokenWith(claims);
  expect(await send(gate, own, { query: QUERY })).toMatchObject({ answer: { data: { cluster: {} } } });
  gate.calls();
  const told = await send(gate, own, { query: DISABLE });
  if (writes) expect(told).toMatchObject({ answer: DONE });
  else expect(told).toEqual(REFUSED);
  expect(gate.calls().length > 0).toBe(writes);
});

test('without JWT_WRITE_SCOPE no token writes, whatever it claims', async () => {
  const { url: JWT_JWKS_URL } = await startKeyServer([await publicJwk(pair, 'ES256')]);
  const gate = await gateway({ settings: { ...SIGNING, JWT_JWKS_URL }, token: '' });
  expect(
    await send(gate, await tokenWith({ scope: 'write', scp: ['write', ''] }), { query: DISABLE }),
  ).toEqual(REFUSED);
  expect(gate.calls()).toEqual([]);
});

const SHA = hash('sha256', DISABLE);

test.each([
  {
    how: 'beside queries, chosen by its name',
    body: { query: `${QUERY} ${DISABLE}`, operationName: 'Write' },
  },
  {
    how: 'by the hash of a persisted operation',
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: SHA } } },
  },
  { how: 'by the id of a persisted operation', body: { documentId: SHA } },
  {
    how: 'in a fragment',
    body: {
      query: `mutation { ...f } fragment f on Mutation { disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) { userErrors { code } } }`,
    },
  },
  { how: 'that names its type only', body: { query: 'mutation { __typename }' } },
])('a mutation sent $how is refused, each time', async ({ body }) => {
  const PERSISTED_OPERATIONS = fileWith(JSON.stringify({ [SHA]: DISABLE }));
  const gate = await gateway({ settings: { ...SIGNING, API_KEYS, PERSISTED_OPERATIONS }, token: '' });
  for (let time = 0; time < 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await send(gate, bearer(KEYS.reader), body)).toEqual(REFUSED);
  }
  expect(gate.calls()).toEqual([]);
});

test('a query beside a mutation is answered, where it is the one that is chosen', async () => {
  const gate = await gateway({ settings: { ...SIGNING, API_KEYS }, token: '' });
  const body = { query: `${QUERY} ${DISABLE}`, operationName: 'Read' };
  for (let time = 0; time < 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await send(gate, bearer(KEYS.reader), body)).toMatchObject({
      answer: { data: { cluster: {} } },
    });
  }
  expect(gate.calls().every((call) => call.startsWith('GET'))).toBe(true);
});

test('where nobody is asked who they are, the cloud decides who writes', async () => {
  const forwarding = await gateway();
  expect(await send(forwarding, { 'x-auth-token': SANDBOX.token }, { query: DISABLE })).toMatchObject({
    answer: DONE,
  });
  forwarding.sandbox.fault({ method: 'PUT', path: /./, respond: { status: 401 } });
  const refused = await send(forwarding, { 'x-auth-token': SANDBOX.token }, { query: DISABLE });
  expect(refused.answer.errors).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED', upstream: { status: 401 } } },
  ]);
  const anonymous = await gateway({ settings: { ...SIGNING, ALLOW_ANONYMOUS: '1' }, token: '' });
  expect(await send(anonymous, {}, { query: DISABLE })).toMatchObject({ answer: DONE });
});
