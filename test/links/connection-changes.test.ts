import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  makeServiceConnection,
  SANDBOX,
} from '../../src/sandbox/world.ts';
import { startGateway } from '../../src/server/gateway.ts';
import { gateway } from '../support/gateway.ts';
import { UNCLEAR, listWrites } from '../support/writes.ts';

const mutation = (name: string) => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${name}(input: $input) { clientMutationId
    connections { endpointId statusRaw cluster { clusterId } } userErrors { code message field } } }`;
};
const ACCEPT = mutation('acceptConnections');
const REJECT = mutation('rejectConnections');

const worldOf = () => {
  const world = emptyWorld();
  const asking = { status: 'pendingAcceptance' };
  world.clusters.push(
    makeCluster({
      id: 'cluster-1',
      connections: ['a', 'b', 'c'].map((id) => makeClusterConnection({ id, ...asking })),
    }),
  );
  for (const name of ['1', '2'])
    world.services.push(
      makeService({
        id: `service-${name}`,
        connections: ['x', 'y', 'z'].map((id) => makeServiceConnection({ id: `${id}${name}`, ...asking })),
      }),
    );
  return world;
};

const setUp = (settings: Record<string, string> = {}) =>
  gateway({ sandbox: { world: worldOf(), settleMs: 60_000, lagMs: 0 }, settings });

const CLUSTER = { clusterId: 'cluster-1' };
const SERVICE_1 = { serviceId: 'service-1' };
const SERVICE_2 = { serviceId: 'service-2' };
const TO_CLUSTER = `POST /v1.0/${SANDBOX.projectId}/clusters/cluster-1/vpcepservice/connections`;
const toService = (serviceId: string) =>
  `POST /v1/${SANDBOX.projectId}/vpc-endpoint-services/${serviceId}/connections/action`;
const TO_SERVICE_1 = toService('service-1');

test('endpoints of a cluster are accepted in one call, and read after it', async () => {
  const { ask, sandbox } = await setUp();
  const targets = [{ parent: CLUSTER, endpointIds: ['b', 'a', 'b'] }];
  const { data, errors } = await ask(ACCEPT, { input: { targets, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(data.acceptConnections).toEqual({
    clientMutationId: 'mine',
    connections: [
      { endpointId: 'b', statusRaw: 'creating', cluster: { clusterId: 'cluster-1' } },
      { endpointId: 'a', statusRaw: 'creating', cluster: { clusterId: 'cluster-1' } },
    ],
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[TO_CLUSTER, { action: 'receive', endpoint_id_list: ['b', 'a'] }]]);
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['POST', 'GET']);
  expect(sandbox.calls[0]!.headers).toMatchObject({
    'content-type': 'application/json',
    'x-auth-token': SANDBOX.token,
  });
});

test('an older stack is sent camelCase, and nothing else', async () => {
  const world = { ...worldOf(), cssBodyCase: 'camel' as const };
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
  const ask = async (query: string, input: object) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
      body: JSON.stringify({ query, variables: { input } }),
    });
    return response.json();
  };
  expect(await ask(REJECT, { targets: [{ parent: CLUSTER, endpointIds: ['a'] }] })).toMatchObject({
    data: { rejectConnections: { connections: [{ endpointId: 'a' }], userErrors: [] } },
  });
  const account = '0'.repeat(32);
  const add = `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) { added userErrors { code } } }`;
  expect(await ask(add, { parent: CLUSTER, principals: [account] })).toMatchObject({
    data: { addPermissions: { added: [`iam:domain::${account}`], userErrors: [] } },
  });
  expect(listWrites(sandbox).map(([, body]) => body)).toEqual([
    { action: 'reject', endpointIdList: ['a'] },
    { vpcPermissions: [account] },
  ]);
});

test('endpoints of several clusters and services are decided on in one mutation, one a call at each service', async () => {
  const { ask, sandbox } = await setUp();
  const targets = [
    { parent: SERVICE_1, endpointIds: ['x1', 'y1'] },
    { parent: CLUSTER, endpointIds: ['a'] },
    { parent: SERVICE_2, endpointIds: ['z2'] },
  ];
  const { data, errors } = await ask(REJECT, { input: { targets } });
  expect(errors).toBeUndefined();
  expect(data.rejectConnections.userErrors).toEqual([]);
  expect(data.rejectConnections.connections).toMatchObject(
    ['x1', 'y1', 'a', 'z2'].map((endpointId) => ({ endpointId, statusRaw: 'creating' })),
  );
  const writes = listWrites(sandbox);
  expect(writes.filter(([path]) => path === TO_SERVICE_1).map(([, body]) => body)).toEqual([
    { action: 'reject', endpoints: ['x1'] },
    { action: 'reject', endpoints: ['y1'] },
  ]);
  expect(writes).toContainEqual([TO_CLUSTER, { action: 'reject', endpoint_id_list: ['a'] }]);
  expect(writes).toContainEqual([toService('service-2'), { action: 'reject', endpoints: ['z2'] }]);
  expect(writes).toHaveLength(4);
});

test('calls at one service follow one another, and those of several run side by side', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ path: /connections\/action$/, delayMs: 80 });
  const targets = [
    { parent: SERVICE_1, endpointIds: ['x1', 'y1'] },
    { parent: SERVICE_2, endpointIds: ['x2', 'y2'] },
  ];
  const answer = ask(ACCEPT, { input: { targets } });
  await vi.waitFor(() => expect(sandbox.calls).toHaveLength(2), { interval: 5 });
  await wait(30);
  expect(sandbox.calls.map(({ path, status }) => [path.split('/').at(-3), status])).toEqual([
    ['service-1', undefined],
    ['service-2', undefined],
  ]);
  expect((await answer).data.acceptConnections.userErrors).toEqual([]);
  expect(listWrites(sandbox)).toHaveLength(4);
});

test('where the connections are not selected they are not read', async () => {
  const { ask, sandbox } = await setUp();
  await ask(
    'mutation ($input: AcceptConnectionsInput!) { acceptConnections(input: $input) { userErrors { code } } }',
    { input: { targets: [{ parent: SERVICE_1, endpointIds: ['x1'] }] } },
  );
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['POST']);
});

test('what is refused names its endpoint, and the others are done', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.world.services[0]!.connections[1]!.status = 'failed';
  const targets = [
    { parent: CLUSTER, endpointIds: ['a', 'nobody'] },
    { parent: SERVICE_1, endpointIds: ['x1', 'y1', 'nobody', 'z1'] },
  ];
  const { data, errors } = await ask(ACCEPT, { input: { targets } });
  expect(errors).toBeUndefined();
  expect(data.acceptConnections.connections).toMatchObject([{ endpointId: 'x1' }, { endpointId: 'z1' }]);
  expect(data.acceptConnections.userErrors).toEqual([
    { code: 'NOT_FOUND', message: expect.stringContaining('CSS.0022'), field: ['input', 'targets', '0'] },
    {
      code: 'CONFLICT',
      message: expect.stringMatching(/EndPoint\.2047.*`status`/),
      field: ['input', 'targets', '1', 'endpointIds', '1'],
    },
    {
      code: 'NOT_FOUND',
      message: expect.stringContaining('EndPoint.2013'),
      field: ['input', 'targets', '1', 'endpointIds', '2'],
    },
  ]);
  expect(listWrites(sandbox)).toHaveLength(5);
});

test('to accept what is connected already is no failure, and to reject with that answer is one', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({
    path: /connections\/action$/,
    respond: { status: 400, body: { error_code: 'Endpoint.2014', error_msg: 'connected' } },
  });
  const input = { targets: [{ parent: SERVICE_1, endpointIds: ['x1'] }] };
  const accepted = await ask(ACCEPT, { input });
  expect(accepted.data.acceptConnections).toMatchObject({
    connections: [{ endpointId: 'x1' }],
    userErrors: [],
  });
  const rejected = await ask(REJECT, { input });
  expect(rejected.data.rejectConnections).toMatchObject({
    connections: [],
    userErrors: [{ code: 'CONFLICT', field: ['input', 'targets', '0', 'endpointIds', '0'] }],
  });
});

test('a service out of reach is asked once, whatever the number of its endpoints', async () => {
  const { ask, sandbox } = await setUp();
  const targets = [
    { parent: { serviceId: 'elsewhere' }, endpointIds: ['x1', 'y1', 'z1'] },
    { parent: SERVICE_2, endpointIds: ['x2'] },
  ];
  const { data } = await ask(ACCEPT, { input: { targets } });
  expect(data.acceptConnections.connections).toMatchObject([{ endpointId: 'x2' }]);
  expect(data.acceptConnections.userErrors).toMatchObject(
    ['0', '1', '2'].map((at) => ({
      code: 'NOT_FOUND',
      field: ['input', 'targets', '0', 'endpointIds', at],
    })),
  );
  expect(listWrites(sandbox)).toHaveLength(2);
});

test.each(UNCLEAR)(
  'after $what at a service the rest of it is not sent, and all is told',
  async ({ fault }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ method: 'POST', path: /service-1/, ...fault, times: 1 });
    const targets = [
      { parent: SERVICE_1, endpointIds: ['x1', 'y1'] },
      { parent: SERVICE_2, endpointIds: ['x2'] },
    ];
    const { data, errors } = await ask(ACCEPT, { input: { targets } });
    expect(errors).toBeUndefined();
    expect(data.acceptConnections.connections).toMatchObject([{ endpointId: 'x1' }, { endpointId: 'x2' }]);
    const tells =
      '`endpointService(by: { id: "service-1" }) { connections(filter: { endpointId: "x1" }) { nodes { status } } }`';
    expect(data.acceptConnections.userErrors).toEqual([
      {
        code: 'INDETERMINATE',
        message: expect.stringContaining(tells),
        field: ['input', 'targets', '0', 'endpointIds', '0'],
      },
      {
        code: expect.stringMatching(/^UPSTREAM_/),
        message: expect.stringContaining('Not sent'),
        field: ['input', 'targets', '0', 'endpointIds', '1'],
      },
    ]);
    expect(listWrites(sandbox)).toHaveLength(2);
  },
);

test.each(UNCLEAR)(
  'after $what at a cluster the payload says what tells, and shows it',
  async ({ fault }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ method: 'POST', path: /vpcepservice/, ...fault });
    const { data, errors } = await ask(ACCEPT, {
      input: { targets: [{ parent: CLUSTER, endpointIds: ['a', 'b'] }] },
    });
    expect(errors).toBeUndefined();
    const tells = '`cluster(clusterId: "cluster-1") { connections { nodes { endpointId status } } }`';
    expect(data.acceptConnections).toMatchObject({
      connections: [{ endpointId: 'a' }, { endpointId: 'b' }],
      userErrors: [
        { code: 'INDETERMINATE', message: expect.stringContaining(tells), field: ['input', 'targets', '0'] },
      ],
    });
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

test.each([
  { what: 'a cluster', parent: CLUSTER, id: 'a' },
  { what: 'a service', parent: SERVICE_1, id: 'x1' },
])(
  'a repeat with the key after an unclear outcome at $what sends nothing, and tells what a look finds',
  async ({ parent, id }) => {
    const { ask, sandbox } = await setUp();
    sandbox.fault({ method: 'POST', path: /connections/, reset: 'before', times: 1 });
    const input = { targets: [{ parent, endpointIds: [id] }], idempotencyKey: 'k' };
    const accept = async () => (await ask(ACCEPT, { input })).data.acceptConnections;
    expect((await accept()).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
    expect(await accept()).toMatchObject({
      connections: [{ endpointId: id, statusRaw: 'pendingAcceptance' }],
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('does not show the change') }],
    });
    const { clusters, services } = sandbox.world;
    for (const { connections } of [...clusters, ...services])
      for (const row of connections) if (row.id === id) row.status = 'accepted';
    expect(await accept()).toMatchObject({
      connections: [{ endpointId: id, statusRaw: 'accepted' }],
      userErrors: [],
    });
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

test('credentials that nobody accepts are an error, and asked for once at each', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ path: /./, respond: { status: 401, body: { error_code: 'APIGW.0301' } } });
  const targets = [{ parent: SERVICE_1, endpointIds: ['x1', 'y1'] }];
  const { data, errors } = await ask(ACCEPT, { input: { targets } });
  expect(data).toEqual({ acceptConnections: null });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(sandbox.calls).toHaveLength(1);
});

test('a part that failed for no foreseeable reason does not hide the others', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ path: /service-1/, respond: { status: 429, body: { error_code: 'APIGW.0308' } } });
  const targets = [
    { parent: SERVICE_1, endpointIds: ['x1', 'y1'] },
    { parent: SERVICE_2, endpointIds: ['x2'] },
  ];
  const { data, errors } = await ask(ACCEPT, { input: { targets } });
  expect(errors).toBeUndefined();
  expect(data.acceptConnections).toMatchObject({
    connections: [{ endpointId: 'x2' }],
    userErrors: [{ code: 'RATE_LIMITED' }, { code: 'RATE_LIMITED' }],
  });
});

test('what cannot be read after it does not hide what was done', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({
    method: 'GET',
    path: /connections/,
    respond: { status: 404, body: { error_code: 'E.1' } },
  });
  const { data, errors } = await ask(ACCEPT, {
    input: { targets: [{ parent: SERVICE_1, endpointIds: ['x1'] }] },
  });
  expect(data.acceptConnections).toMatchObject({ connections: null, userErrors: [] });
  expect(errors).toMatchObject([{ path: ['acceptConnections', 'connections'] }]);
});

test('a double submit decides once', async () => {
  const { ask, sandbox } = await setUp();
  const input = { targets: [{ parent: SERVICE_1, endpointIds: ['x1'] }], idempotencyKey: 'once' };
  const first = await ask(ACCEPT, { input });
  expect(await ask(ACCEPT, { input })).toEqual(first);
  expect(listWrites(sandbox)).toHaveLength(1);
});

test.each([
  { targets: [], message: /1 to 100 endpoints/ },
  { targets: [{ parent: CLUSTER, endpointIds: [] }], message: /at least one item/ },
  {
    targets: [{ parent: CLUSTER, endpointIds: Array.from({ length: 101 }, (_, at) => `e${at}`) }],
    message: /1 to 100 endpoints/,
  },
  { targets: [{ parent: CLUSTER, endpointIds: ['../a'] }], message: /`input.targets.0.endpointIds.0` must/ },
  {
    targets: [{ parent: { serviceId: 'a/b' }, endpointIds: ['a'] }],
    message: /`input.targets.0.parent.serviceId` must/,
  },
  {
    targets: [
      { parent: CLUSTER, endpointIds: ['a'] },
      { parent: CLUSTER, endpointIds: ['b'] },
    ],
    message: /each endpoint service once/,
  },
  { targets: [{ parent: { ...CLUSTER, ...SERVICE_1 }, endpointIds: ['a'] }], message: /Exactly one key/i },
])('the targets $targets are refused before any call', async ({ targets, message }) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(ACCEPT, { input: { targets } });
  expect(errors).toMatchObject([{ message: expect.stringMatching(message) }]);
  expect(sandbox.calls).toEqual([]);
});
