import { expect, test } from 'vitest';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { ASK_NAME, CLUSTER, getOnlyError, VERIFY } from '../support/sample-operations.ts';
import { gateway } from '../support/gateway.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What a browser and the proxies on the way may send along. */
const BAGGAGE = {
  cookie: 'session=1',
  authorization: 'Bearer of-the-caller',
  'x-forwarded-for': '10.1.2.3',
  'x-forwarded-host': 'intranet',
  'x-real-ip': '10.1.2.3',
  forwarded: 'for=10.1.2.3',
  tracestate: 'a=b',
  baggage: 'a=b',
  'x-security-token': 'of-the-caller',
  'x-project-id': 'of-the-caller',
  'x-sdk-date': '20260101T000000Z',
  'x-domain-id': 'of-the-caller',
  'x-language': 'zh-cn',
  'accept-language': 'de',
  'user-agent': 'a browser',
  origin: 'https://example.com',
  referer: 'https://example.com/',
};

test('of a read, four headers of the caller at most reach the cloud', async () => {
  const { ask, sandbox } = await gateway({ token: 'token-of-the-caller' });
  await ask(ASK_NAME, {}, { ...BAGGAGE, 'x-request-id': 'r-1', traceparent: TRACE, 'x-workspace-id': 'w-1' });
  const { host } = new URL(sandbox.url);
  expect(sandbox.calls.map(({ headers }) => headers)).toEqual([
    {
      host,
      connection: 'keep-alive',
      accept: 'application/json',
      'x-auth-token': 'token-of-the-caller',
      'x-request-id': 'r-1',
      traceparent: TRACE,
    },
  ]);
});

test('of a write too; the workspace goes to DataArts Insight only', async () => {
  const { ask, sandbox } = await gateway({ token: 'token-of-the-caller' });
  await ask(
    VERIFY,
    { input: { service: { name: 'region.name.id' }, dataSourceType: 'DWS' } },
    { ...BAGGAGE, 'x-request-id': 'r-2', 'x-workspace-id': SANDBOX.workspaceId },
  );
  const [{ headers, body, method }] = sandbox.calls as [(typeof sandbox.calls)[number]];
  expect(method).toBe('POST');
  expect(body).toBe('{"ds_type":"DWS","vpc_ep_server_name":"region.name.id"}');
  expect(headers).toEqual({
    host: new URL(sandbox.url).host,
    connection: 'keep-alive',
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-auth-token': 'token-of-the-caller',
    'x-request-id': 'r-2',
    'x-workspace-id': SANDBOX.workspaceId,
  });
});

test.each([
  'upper-CASE-00',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
  `${TRACE}-extra`,
  '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
])('the malformed traceparent %s is dropped', async (traceparent) => {
  const { ask, sandbox } = await gateway();
  await ask(ASK_NAME, {}, { traceparent });
  expect(sandbox.calls[0]!.headers).not.toHaveProperty('traceparent');
});

test.each([
  { name: 'x-auth-token', value: 'two words' },
  { name: 'x-auth-token', value: 'caf\u00e9' },
  { name: 'x-workspace-id', value: 'two words' },
  { name: 'x-workspace-id', value: 'w'.repeat(129) },
])('the malformed header $name ($value) is refused before any call', async ({ name, value }) => {
  const { ask, calls } = await gateway();
  const { message, extensions } = getOnlyError(await ask(ASK_NAME, {}, { [name]: value }));
  expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
  expect(message).toBe(`The header \`${name}\` must be one text of printable characters without spaces.`);
  expect(calls()).toEqual([]);
});

test('a token of 8 kilobytes is passed on', async () => {
  const token = 'M'.repeat(8192);
  const { ask, sandbox } = await gateway({ token });
  expect((await ask(ASK_NAME)).errors).toBeUndefined();
  expect(sandbox.calls[0]!.headers['x-auth-token']).toBe(token);
});

test('without credentials nothing is called, each field says so, and the rest of the answer stands', async () => {
  const { ask, calls, log } = await gateway({ token: '' });
  const { data, errors } = await ask(
    `{ __typename cluster(clusterId: "${CLUSTER}") { name } endpointServices { totalCount } }`,
  );
  expect(data).toEqual({ __typename: 'Query', cluster: null, endpointServices: null });
  const told = errors!.map(({ message, path, extensions }) => [String(path), extensions.code, message]);
  const missing = ['UNAUTHENTICATED', 'Send a project-scoped IAM token in the X-Auth-Token header.'];
  expect(new Set(told)).toEqual(
    new Set([
      ['cluster', ...missing],
      ['endpointServices', ...missing],
    ]),
  );
  expect(calls()).toEqual([]);
  expect(log.join()).not.toContain('unexpected');
});

test('a write without credentials is an error, and nothing is called', async () => {
  const { ask, calls } = await gateway({ token: '' });
  const input = { service: { id: 's1' }, dataSourceType: 'DWS' };
  const answer = await ask(VERIFY, { input }, { 'x-workspace-id': SANDBOX.workspaceId });
  expect(getOnlyError(answer).extensions.code).toBe('UNAUTHENTICATED');
  expect(calls()).toEqual([]);
});

test('callers who ask the same at once are told what the cloud tells each of them', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({ path: /clusters/, delayMs: 100 });
  const tokens = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? `expired-${at}` : `valid-${at}`));
  const answers = await Promise.all(
    tokens.map((token) => ask(ASK_NAME, {}, { 'x-auth-token': token, 'x-request-id': `of-${token}` })),
  );
  expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(
    tokens.map((token) => (token.startsWith('expired') ? 'UNAUTHENTICATED' : undefined)),
  );
  const sent = sandbox.calls.map(({ headers }) => [headers['x-auth-token'], headers['x-request-id']]);
  expect(sent).toHaveLength(tokens.length);
  expect(new Set(sent)).toEqual(new Set(tokens.map((token) => [token, `of-${token}`])));
});

test('what one caller has read is not shown to the next', async () => {
  const { ask, calls } = await gateway();
  expect((await ask(ASK_NAME, {}, { 'x-auth-token': 'first' })).errors).toBeUndefined();
  const { data, errors } = await ask(ASK_NAME, {}, { 'x-auth-token': 'expired' });
  expect(data).toEqual({ cluster: null });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(calls()).toHaveLength(2);
});
