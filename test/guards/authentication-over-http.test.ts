import { createHash } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { emptyWorld, makeService, makeServiceConnection, SANDBOX } from '../../src/sandbox/world.ts';
import { VERIFY } from '../support/sample-operations.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';

const KEY = 'canary-key-of-the-frontend';
const API_KEYS = `frontend:${createHash('sha256').update(KEY).digest('hex')}:write`;
const SIGNING = { HW_ACCESS_KEY: SANDBOX.accessKey, HW_SECRET_KEY: SANDBOX.secretKey };
const NAMES = '{ clusters(first: 1) { nodes { name connections { totalCount } endpointService { name } } } }';
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

const send = async (
  url: string,
  headers: Record<string, string> = {},
  body = '{"query":"{ __typename }"}',
) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as Answer;
  return { status: response.status, header: response.headers.get('www-authenticate'), answer };
};

test.each([
  { who: 'nobody knows', headers: {} },
  { who: 'has a wrong key', headers: bearer('canary-wrong-key') },
  { who: 'has a token of the cloud only', headers: { 'x-auth-token': SANDBOX.token } },
])('who $who is told what to send, before any call and whatever is asked', async ({ headers }) => {
  const { url, calls, log } = await gateway({ settings: { ...SIGNING, API_KEYS }, token: '' });
  for (const body of ['{"query":"{ __typename }"}', JSON.stringify({ query: NAMES }), 'no JSON']) {
    const { status, header, answer } = await send(url, { ...headers, 'x-request-id': 'r-1' }, body);
    expect([status, header]).toEqual([401, 'Bearer']);
    expect(answer).toEqual({
      errors: [
        {
          message: expect.stringContaining('Send an API key as `Authorization: Bearer …`.'),
          extensions: { code: 'UNAUTHENTICATED', retryable: false, requestId: 'r-1' },
        },
      ],
    });
  }
  const inUrl = await fetch(`${url}/graphql?query={__typename}`, { headers });
  expect(inUrl.status).toBe(401);
  expect(calls()).toEqual([]);
  expect(log.join('\n')).not.toContain('canary');
});

test('who has a key is answered, with calls that the gateway signs', async () => {
  const { ask, calls } = await gateway({ settings: { ...SIGNING, API_KEYS }, token: '' });
  const { data, errors } = await ask(NAMES, {}, bearer(KEY));
  expect(errors).toBeUndefined();
  expect(data.clusters.nodes).toHaveLength(1);
  expect(calls().length).toBeGreaterThan(0);
});

test('who has a token is answered, until it expires', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const { url: JWT_JWKS_URL } = await startKeyServer([await publicJwk(pair, 'ES256')]);
  const { url } = await gateway({
    settings: { ...SIGNING, JWT_JWKS_URL, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' },
  });
  const token = (expires: string) =>
    new SignJWT({ iss: 'i', aud: 'a', sub: 's' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime(expires)
      .sign(pair.privateKey);
  expect(await send(url, bearer(await token('1m')))).toMatchObject({
    status: 200,
    answer: { data: { __typename: 'Query' } },
  });
  expect(await send(url, bearer(await token('-1m')))).toMatchObject({
    status: 401,
    answer: { errors: [{ message: expect.stringContaining('has expired') }] },
  });
});

test('a subscription ends with its token, a few seconds aside, and the last event says what to do', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const { url: JWT_JWKS_URL } = await startKeyServer([await publicJwk(pair, 'ES256')]);
  const world = emptyWorld();
  const connection = makeServiceConnection();
  connection.status = 'creating';
  const service = makeService({ connections: [connection] });
  world.services.push(service);
  const gate = await gateway({
    sandbox: { world, settleMs: 60_000 },
    settings: { ...SIGNING, JWT_JWKS_URL, SETTLING_POLL_MS: '50' },
    token: '',
  });
  const exp = Math.floor(Date.now() / 1000) - 3;
  const token = await new SignJWT({ sub: 's', exp })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(pair.privateKey);
  const watch = `subscription { connectionStatusChanged(parent: { serviceId: "${service.id}" }, endpointIds: ["${connection.id}"]) { status } }`;
  const events = await (await subscribe(gate, watch, {}, bearer(token))).rest();
  expect(Date.now()).toBeGreaterThanOrEqual((exp + 5) * 1000 - 20);
  expect(events).toMatchObject([
    { data: { connectionStatusChanged: { status: 'CREATING' } } },
    {
      errors: [
        {
          message: 'The token has expired. Subscribe again with a new one.',
          extensions: { code: 'UNAUTHENTICATED', retryable: false },
        },
      ],
    },
  ]);
  gate.calls();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(gate.calls()).toEqual([]);
});

test('where the keys of tokens cannot be had, that is told as such', async () => {
  const keys = await startKeyServer([]);
  keys.state.failure = { status: 500, body: '' };
  const { url, calls } = await gateway({ settings: { ...SIGNING, API_KEYS, JWT_JWKS_URL: keys.url } });
  const { privateKey } = await generateKeyPair('ES256');
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('1m')
    .sign(privateKey);
  expect(await send(url, bearer(token))).toMatchObject({
    status: 503,
    header: null,
    answer: { errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true } }] },
  });
  expect(await send(url, bearer(KEY))).toMatchObject({ status: 200 });
  expect(calls()).toEqual([]);
});

test.each([
  { how: 'forwards tokens', settings: {}, token: SANDBOX.token },
  { how: 'forwards tokens and asks who it is', settings: { API_KEYS }, token: SANDBOX.token },
  { how: 'signs', settings: { ...SIGNING, API_KEYS }, token: '' },
])(
  'of `Authorization` the cloud and the log see nothing, where the gateway $how',
  async ({ settings, token }) => {
    const { ask, sandbox, log } = await gateway({ settings: { ...settings, LOG_LEVEL: 'debug' }, token });
    await ask(NAMES, {}, bearer(KEY));
    const input = { service: { id: 's' }, dataSourceType: 'DWS' };
    await ask(VERIFY, { input }, { 'x-workspace-id': SANDBOX.workspaceId, ...bearer(KEY) });
    expect(sandbox.calls.map(({ method }) => method)).toEqual(expect.arrayContaining(['GET', 'POST']));
    for (const call of sandbox.calls) {
      expect(JSON.stringify(call)).not.toContain(KEY);
      expect(call.headers.authorization ?? 'SDK-HMAC-SHA256 ').toMatch(/^SDK-HMAC-SHA256 /);
      expect('authorization' in call.headers).toBe('HW_ACCESS_KEY' in settings);
    }
    expect(log.join('\n')).not.toContain(KEY);
  },
);

test('what tells how the gateway is, and its page, ask nobody who it is', async () => {
  const { url } = await gateway({ settings: { API_KEYS } });
  for (const path of ['/health', '/ready', '/metrics'])
    expect((await fetch(url + path)).status, path).toBe(200);
  const page = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
});

test('a browser may ask in advance whether a page may send a key', async () => {
  const { url } = await gateway({ settings: { API_KEYS, CORS_ORIGINS: 'https://a.example' } });
  const { status, headers } = await fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://a.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-headers')).toContain('authorization');
});
