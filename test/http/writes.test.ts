import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/sandbox/server.ts';
import { emptyWorld, makeService, makeServiceConnection, SANDBOX } from '../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';
import { getOnlyError, startUpstream, VERIFY, WRITE } from '../support/sample-operations.ts';

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };

const verify = async ({ ask, sandbox }: Pick<TestGateway, 'ask' | 'sandbox'>) =>
  ask(
    VERIFY,
    { input: { service: { id: sandbox.world.services[0]!.id }, dataSourceType: 'DWS' } },
    WORKSPACE,
  );

const listWrites = ({ calls }: TestGateway) => calls().filter((call) => call.startsWith('POST'));
const POST = [`POST /v1/${SANDBOX.projectId}/connections/vpc-endpoint`];

/** A service whose whitelist lets DataArts Insight in, as the sandbox has it. */
const openToInsight = ({ sandbox }: TestGateway) => {
  const service = sandbox.world.services[0]!;
  service.permissions.push({ ...service.permissions[0]!, id: 'open', permission: '*' });
};

test('a write that succeeds returns what was made', async () => {
  const gate = await gateway();
  openToInsight(gate);
  const before = gate.sandbox.world.connectedInstances.length;
  const { data, errors } = await verify(gate);
  expect(errors).toBeUndefined();
  const [made, ...others] = gate.sandbox.world.connectedInstances.slice(before);
  expect(others).toEqual([]);
  expect(data.verifyAndCreateEndpoint).toEqual({
    connectedInstance: {
      instanceId: made!.id,
      serviceId: gate.sandbox.world.services[0]!.id,
      endpointId: expect.any(String),
    },
    userErrors: [],
  });
  expect(listWrites(gate)).toEqual(POST);
});

const UNCLEAR: { what: string; fault: Omit<FaultRule, 'path'> }[] = [
  {
    what: 'status 500',
    fault: { respond: { status: 500, body: { error_code: 'DataArtsInsight.10000000' } } },
  },
  { what: 'status 502', fault: { respond: { status: 502, body: '<html>' } } },
  { what: 'status 503', fault: { respond: { status: 503, body: { error_code: 'APIGW.0613' } } } },
  { what: 'status 504', fault: { respond: { status: 504 } } },
  {
    what: 'a backend that is too slow',
    fault: { respond: { status: 504, body: { error_code: 'APIGW.0201' } } },
  },
  { what: 'a reset before it took effect', fault: { reset: 'before' } },
  { what: 'a reset after it took effect', fault: { reset: 'after' } },
  { what: 'no answer', fault: { hang: 'before' } },
  { what: 'half an answer', fault: { hang: 'body' } },
  { what: 'a page instead of an answer', fault: { respond: { status: 200, body: '<html>' } } },
  { what: 'an answer of another shape', fault: { respond: { status: 200, body: { ds_type: 'MySQL' } } } },
  { what: 'a redirect', fault: { respond: { status: 307, headers: { Location: '/elsewhere' } } } },
];

test.each(UNCLEAR)('after $what a write is not repeated, and its outcome is not known', async ({ fault }) => {
  const gate = await gateway({ settings: { UPSTREAM_TIMEOUT_MS: '150' } });
  gate.sandbox.fault({ path: WRITE, ...fault });
  const { data, errors } = await verify(gate);
  expect(errors).toBeUndefined();
  expect(data.verifyAndCreateEndpoint).toEqual({
    connectedInstance: null,
    userErrors: [
      { code: 'INDETERMINATE', field: null, message: expect.stringContaining('before trying again') },
    ],
  });
  expect(listWrites(gate)).toEqual(POST);
});

test.each([
  { status: 429, errorCode: 'APIGW.0308', code: 'RATE_LIMITED' },
  { status: 400, errorCode: 'EndPoint.0022', code: 'BAD_USER_INPUT' },
  { status: 401, errorCode: 'APIGW.0301', code: 'UNAUTHENTICATED' },
])('a write that $errorCode refused is not repeated', async ({ status, errorCode, code }) => {
  const gate = await gateway();
  gate.sandbox.fault({
    path: WRITE,
    respond: { status, body: { error_code: errorCode }, headers: { 'Retry-After': '1' } },
  });
  const answer = await verify(gate);
  const told = answer.errors
    ? getOnlyError(answer).extensions.code
    : answer.data.verifyAndCreateEndpoint.userErrors[0].code;
  expect(told).toBe(code);
  expect(listWrites(gate)).toEqual(POST);
});

test('a throttled write is an error that says when to try again', async () => {
  const gate = await gateway();
  gate.sandbox.fault({
    path: WRITE,
    respond: { status: 429, body: { error_code: 'APIGW.0308' }, headers: { 'Retry-After': '60' } },
  });
  const answer = await verify(gate);
  expect(answer.data).toEqual({ verifyAndCreateEndpoint: null });
  expect(getOnlyError(answer).extensions).toMatchObject({
    code: 'RATE_LIMITED',
    retryable: true,
    retryAfterMs: 60_000,
  });
});

test.each([
  { status: 400, errorCode: 'DataArtsInsight.24150005', code: 'BAD_USER_INPUT' },
  { status: 400, errorCode: '24010043', code: 'FORBIDDEN' },
  { status: 403, errorCode: '20010003', code: 'FORBIDDEN' },
  { status: 404, errorCode: '24010003', code: 'NOT_FOUND' },
  { status: 409, errorCode: 'DataArtsInsight.77777777', code: 'CONFLICT' },
])('the refusal $errorCode is data: $code', async ({ status, errorCode, code }) => {
  const gate = await gateway();
  gate.sandbox.fault({
    path: WRITE,
    respond: { status, body: { error_code: errorCode, error_msg: 'words' } },
  });
  const { data, errors } = await verify(gate);
  expect(errors).toBeUndefined();
  expect(data.verifyAndCreateEndpoint).toMatchObject({ connectedInstance: null, userErrors: [{ code }] });
  expect(listWrites(gate)).toEqual(POST);
});

test('a write to a service that cannot be reached did not run, so it is an error', async () => {
  const closed = await startUpstream(() => {});
  const gate = await gateway({ settings: { DATAARTSINSIGHT_ENDPOINT: closed.replace(/:\d+$/, ':1') } });
  const answer = await verify(gate);
  expect(answer.data).toEqual({ verifyAndCreateEndpoint: null });
  expect(getOnlyError(answer).extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
});

test('a write goes on though the caller disconnects', async () => {
  const gate = await gateway();
  openToInsight(gate);
  gate.sandbox.fault({ path: WRITE, delayMs: 200 });
  const before = gate.sandbox.world.connectedInstances.length;
  const caller = new AbortController();
  const input = { service: { id: gate.sandbox.world.services[0]!.id }, dataSourceType: 'DWS' };
  const asking = fetch(`${gate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token, ...WORKSPACE },
    body: JSON.stringify({ query: VERIFY, variables: { input } }),
    signal: caller.signal,
  });
  await expect.poll(() => gate.sandbox.calls.length).toBe(1);
  caller.abort();
  await expect(asking).rejects.toThrow();
  await expect.poll(() => gate.sandbox.calls[0]!.status).toBe(200);
  expect(gate.sandbox.world.connectedInstances).toHaveLength(before + 1);
  await expect.poll(() => gate.log.filter((line) => line.includes('"outcome":"ok"')).length).toBe(1);
});

const TWICE = `mutation ($input: VerifyAndCreateEndpointInput!) {
  first: verifyAndCreateEndpoint(input: $input) { userErrors { code } }
  second: verifyAndCreateEndpoint(input: $input) { userErrors { code } } }`;

test('no write is begun with less time left than a call may take, and the caller is told that nothing was sent', async () => {
  const gate = await gateway({ settings: { OPERATION_TIMEOUT_MS: '1000' } });
  openToInsight(gate);
  gate.sandbox.fault({ path: WRITE, times: 1, delayMs: 650 });
  const input = { service: { id: gate.sandbox.world.services[0]!.id }, dataSourceType: 'DWS' };
  const answer = await gate.ask(TWICE, { input }, WORKSPACE);
  expect(answer.data).toEqual({ first: { userErrors: [] }, second: null });
  expect(getOnlyError(answer)).toMatchObject({
    message: expect.stringContaining('nothing was sent'),
    extensions: { code: 'DEADLINE_EXCEEDED', retryable: true },
  });
  expect(listWrites(gate)).toEqual(POST);
});

test('a write that was sent has the whole time of a call, though that of its operation is over', async () => {
  const gate = await gateway({ settings: { OPERATION_TIMEOUT_MS: '600', UPSTREAM_TIMEOUT_MS: '3000' } });
  openToInsight(gate);
  gate.sandbox.fault({ path: WRITE, delayMs: 1_000 });
  const { data, errors } = await verify(gate);
  expect(errors).toBeUndefined();
  expect(data.verifyAndCreateEndpoint.userErrors).toEqual([]);
});

const ACCEPT = `mutation ($input: AcceptConnectionsInput!) { acceptConnections(input: $input) {
  connections { endpointId } userErrors { code message field } } }`;

test('of several writes those that the time is too short for are not sent, and none is INDETERMINATE', async () => {
  const world = emptyWorld();
  const ids = ['a', 'b', 'c', 'd'];
  const connections = ids.map((id) => makeServiceConnection({ id, status: 'pendingAcceptance' }));
  world.services.push(makeService({ connections }));
  const gate = await gateway({ sandbox: { world }, settings: { OPERATION_TIMEOUT_MS: '1000' } });
  gate.sandbox.fault({ method: 'POST', path: /connections/, delayMs: 350 });
  const targets = [{ parent: { serviceId: world.services[0]!.id }, endpointIds: ids }];
  const { data } = await gate.ask(ACCEPT, { input: { targets } });
  expect(data.acceptConnections.userErrors).toMatchObject(
    [2, 3].map((at) => ({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('nothing was sent'),
      field: ['input', 'targets', '0', 'endpointIds', String(at)],
    })),
  );
  expect(listWrites(gate)).toHaveLength(2);
});
