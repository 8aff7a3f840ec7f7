import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../../src/config/config.ts';
import type { World } from '../../../../src/sandbox/world.ts';
import { emptyWorld, makeCluster, makeClusterConnection, SANDBOX } from '../../../../src/sandbox/world.ts';
import { startSandbox } from '../../../../src/sandbox/server.ts';
import { startGateway } from '../../../../src/server/gateway.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const ENABLE = `mutation ($input: EnableEndpointAccessInput!) { enableEndpointAccess(input: $input) { clientMutationId
  cluster { clusterId status actions { name progress } endpointAccess } userErrors { code message field } } }`;
const DISABLE = `mutation ($input: DisableEndpointAccessInput!) { disableEndpointAccess(input: $input) { clientMutationId
  cluster { clusterId status actions { name progress } } userErrors { code message field } } }`;

const worldWith = (on: boolean, partial: Partial<World['clusters'][number]> = {}) => {
  const world = emptyWorld();
  const off = { endpointAccess: false, vpcServiceName: null, vpcepIp: null };
  world.clusters.push(
    makeCluster({ ...(on ? { connections: [makeClusterConnection()] } : off), ...partial }),
  );
  return world;
};

const setUp = async (world: World, settings: Record<string, string> = {}) => {
  const gate = await gateway({ sandbox: { world, settleMs: 60_000 }, settings });
  const clusterId = world.clusters[0]!.id;
  const path = `/v1.0/${SANDBOX.projectId}/clusters/${clusterId}/vpcepservice`;
  return { ...gate, clusterId, path };
};

test.each([
  { said: {}, body: {} },
  { said: { privateDomainName: true }, body: { endpoint_with_dns_name: true } },
  { said: { professional: null, dualStack: false }, body: { dualstack_enable: false } },
  {
    said: { privateDomainName: false, professional: true, dualStack: true },
    body: { endpoint_with_dns_name: false, profession_vpcep: true, dualstack_enable: true },
  },
])('switching access on with $said sends $body, and shows the cluster at it', async ({ said, body }) => {
  const { ask, sandbox, clusterId, path } = await setUp(worldWith(false));
  const { data, errors } = await ask(ENABLE, { input: { clusterId, ...said, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(data.enableEndpointAccess).toEqual({
    clientMutationId: 'mine',
    cluster: {
      clusterId,
      status: 'IN_PROGRESS',
      actions: [{ name: 'OPENING_VPCEP', progress: '0%' }],
      endpointAccess: false,
    },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[`POST ${path}/open`, body]]);
  expect(sandbox.calls[0]!.headers).toMatchObject({
    'content-type': 'application/json',
    'x-auth-token': SANDBOX.token,
  });
});

test('an older stack is sent camelCase, and nothing else', async () => {
  const world = { ...worldWith(false), cssBodyCase: 'camel' as const };
  const sandbox = await startSandbox({ world });
  const config = readConfig({
    PORT: '0',
    HW_REGION_NAME: SANDBOX.region,
    HW_PROJECT_ID: SANDBOX.projectId,
    CSS_ENDPOINT: sandbox.url,
  });
  const projects = config.projects.map((project) => ({ ...project, cssBodyCase: 'camel' as const }));
  const server = await startGateway({ ...config, projects, logLevel: 'silent' });
  onTestFinished(async () => {
    await server.close();
    await sandbox.close();
  });
  const input = { clusterId: world.clusters[0]!.id, privateDomainName: true, professional: true };
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: ENABLE, variables: { input: { ...input, dualStack: false } } }),
  });
  expect(await response.json()).toMatchObject({ data: { enableEndpointAccess: { userErrors: [] } } });
  expect(listWrites(sandbox).map(([, body]) => body)).toEqual([
    { endpointWithDnsName: true, professionVpcep: true, dualstackEnable: false },
  ]);
});

test('switching access off sends no body, and shows the cluster at it', async () => {
  const { ask, sandbox, clusterId, path } = await setUp(worldWith(true));
  const { data, errors } = await ask(DISABLE, { input: { clusterId, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(data.disableEndpointAccess).toEqual({
    clientMutationId: 'mine',
    cluster: {
      clusterId,
      status: 'IN_PROGRESS',
      actions: [{ name: 'CLOSING_VPCEP', progress: '0%' }],
    },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[`PUT ${path}/close`, null]]);
  expect(sandbox.calls[0]!.headers['content-type']).toBeUndefined();
});

test('where the cluster is not selected it is not read', async () => {
  const { ask, sandbox, clusterId } = await setUp(worldWith(true));
  await ask(
    'mutation ($input: DisableEndpointAccessInput!) { disableEndpointAccess(input: $input) { userErrors { code } } }',
    { input: { clusterId } },
  );
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['PUT']);
});

test('the cluster that a change shows is read after it, whatever was read before', async () => {
  const { ask, clusterId } = await setUp(worldWith(true));
  const { data } = await ask(
    `mutation ($input: DisableEndpointAccessInput!, $again: DisableEndpointAccessInput!) {
      first: disableEndpointAccess(input: $input) { cluster { actions { name } } }
      second: disableEndpointAccess(input: $again) { cluster { name } userErrors { code field } } }`,
    { input: { clusterId }, again: { clusterId } },
  );
  expect(data).toEqual({
    first: { cluster: { actions: [{ name: 'CLOSING_VPCEP' }] } },
    second: { cluster: null, userErrors: [{ code: 'UPSTREAM_BUSY', field: ['input', 'clusterId'] }] },
  });
});

test.each([
  {
    why: 'on already',
    mutation: ENABLE,
    world: worldWith(true),
    code: 'CONFLICT',
    message: /CSS\.5090.*on already/,
  },
  {
    why: 'not possible',
    mutation: ENABLE,
    world: worldWith(false, { supportVpcep: false }),
    code: 'CONFLICT',
    message: /endpointAccessSupported/,
  },
  {
    why: 'off already',
    mutation: DISABLE,
    world: worldWith(false),
    code: 'CONFLICT',
    message: /CSS\.5182.*off already/,
  },
  {
    why: 'being changed',
    mutation: DISABLE,
    world: worldWith(true, { actions: ['GROWING'] }),
    code: 'UPSTREAM_BUSY',
    message: /CSS\.0011.*when `actions`/,
  },
])('what is $why is refused as data', async ({ mutation, world, code, message }) => {
  const { ask, sandbox, clusterId } = await setUp(world);
  const { data, errors } = await ask(mutation, { input: { clusterId } });
  expect(errors).toBeUndefined();
  expect(Object.values(data)).toEqual([
    {
      clientMutationId: null,
      cluster: null,
      userErrors: [{ code, message: expect.stringMatching(message), field: ['input', 'clusterId'] }],
    },
  ]);
  expect(sandbox.calls).toHaveLength(1);
});

test.each([
  { status: 400, errCode: 'CSS.5313', code: 'FORBIDDEN', message: /VPC Endpoint Administrator/ },
  { status: 400, errCode: 'CSS.0063', code: 'QUOTA_EXCEEDED', message: /quotas/ },
  { status: 403, errCode: 'CSS.0015', code: 'NOT_FOUND', message: /No such cluster/ },
])('the refusal $errCode is data: $code', async ({ status, errCode, code, message }) => {
  const { ask, sandbox, clusterId } = await setUp(worldWith(false));
  sandbox.fault({ path: /open$/, respond: { status, body: { errCode } } });
  const { data } = await ask(ENABLE, { input: { clusterId } });
  expect(data.enableEndpointAccess.userErrors).toMatchObject([
    { code, message: expect.stringMatching(message) },
  ]);
  expect(sandbox.calls).toHaveLength(1);
});

test.each([
  {
    said: { clusterId: 'c', dualStack: true },
    message: '`input.dualStack` needs `input.professional: true` beside it.',
  },
  { said: { clusterId: '../c' }, message: expect.stringContaining('`input.clusterId` must be') },
  {
    said: { clusterId: 'c', project: { region: 'elsewhere', projectId: 'p' } },
    message: expect.stringContaining('does not serve'),
  },
])('the input $said is refused before any call', async ({ said, message }) => {
  const { ask, sandbox } = await setUp(worldWith(false));
  const { data, errors } = await ask(ENABLE, { input: said });
  expect(data).toEqual({ enableEndpointAccess: null });
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(sandbox.calls).toEqual([]);
});

const both = UNCLEAR.flatMap((one) => [
  { ...one, name: 'enableEndpointAccess', mutation: ENABLE, on: false },
  { ...one, name: 'disableEndpointAccess', mutation: DISABLE, on: true },
]);

test.each(both)('after $what, $name was sent once, and the payload says what tells', async (one) => {
  const { ask, sandbox, clusterId } = await setUp(worldWith(one.on), { UPSTREAM_TIMEOUT_MS: '150' });
  sandbox.fault({ path: /vpcepservice\/(open|close)$/, ...one.fault });
  const { data, errors } = await ask(one.mutation, { input: { clusterId } });
  expect(errors).toBeUndefined();
  const message = expect.stringContaining(
    `\`cluster(clusterId: "${clusterId}") { actions { name } endpointAccess }\``,
  );
  expect(data[one.name]).toMatchObject({
    cluster: null,
    userErrors: [{ code: 'INDETERMINATE', field: null, message }],
  });
  expect(sandbox.calls).toHaveLength(1);
});
