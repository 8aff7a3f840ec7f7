import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeService,
  makeServiceConnection,
  makeVisibleService,
  SANDBOX,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const SERVICES = `/v1/${SANDBOX.projectId}/vpc-endpoint-services`;
const ERRORS = 'userErrors { code message field }';

const CREATE = `mutation ($input: CreateEndpointServiceInput!) { createEndpointService(input: $input) { clientMutationId
  endpointService { serviceId name label ownership status serviceType serverType approvalRequired tcpProxy description
    vpcId portId activeConnectionCount ports { clientPort serverPort protocol } tags { key value } } ${ERRORS} } }`;
const UPDATE = `mutation ($input: UpdateEndpointServiceInput!) { updateEndpointService(input: $input) {
  endpointService { serviceId label ownership approvalRequired tcpProxy description portId
    ports { clientPort serverPort protocol } } ${ERRORS} } }`;
const RENAME = `mutation ($input: RenameEndpointServiceInput!) { renameEndpointService(input: $input) {
  endpointService { name label } ${ERRORS} } }`;
const DELETE = `mutation ($input: DeleteEndpointServiceInput!) { deleteEndpointService(input: $input) {
  deletedId endpointService { id status } ${ERRORS} } }`;

const setUp = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const service = makeService({ service_name: `${SANDBOX.region}.before.svc`, id: 'svc' });
  world.services.push(service);
  return { ...(await gateway({ sandbox: { world, settleMs: 60_000, lagMs: 0 }, settings })), service };
};

const LEAST = {
  vpcId: 'vpc-1',
  portId: 'port-1',
  serverType: 'LB',
  ports: [{ clientPort: 443, serverPort: 8443 }],
};
const LEAST_BODY = {
  port_id: 'port-1',
  vpc_id: 'vpc-1',
  server_type: 'LB',
  ports: [{ client_port: 443, server_port: 8443 }],
};

test('a service is published with what was said, and nothing else', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, { input: { ...LEAST, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([[`POST ${SERVICES}`, LEAST_BODY]]);
  const [made] = sandbox.world.services;
  expect(data.createEndpointService).toEqual({
    clientMutationId: 'mine',
    endpointService: {
      serviceId: made!.id,
      name: `${SANDBOX.region}.${made!.id}`,
      label: null,
      ownership: 'OWN',
      status: 'CREATING',
      serviceType: 'INTERFACE',
      serverType: 'LB',
      approvalRequired: true,
      tcpProxy: 'close',
      description: '',
      vpcId: 'vpc-1',
      portId: 'port-1',
      activeConnectionCount: 0,
      ports: [{ clientPort: 443, serverPort: 8443, protocol: 'TCP' }],
      tags: [],
    },
    userErrors: [],
  });
});

test('all that can be said of a new service arrives', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, {
    input: {
      ...LEAST,
      ports: [{ clientPort: 1, serverPort: 65535, protocol: 'UDP' }],
      label: 'my_svc-16letters',
      serviceType: 'GATEWAY',
      approvalRequired: false,
      tcpProxy: 'proxy_open',
      description: 'a < b, as it is said',
      tags: [{ key: 'team', value: 'net' }, { key: 'bare' }],
    },
  });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([
    [
      `POST ${SERVICES}`,
      {
        ...LEAST_BODY,
        ports: [{ client_port: 1, server_port: 65535, protocol: 'UDP' }],
        service_name: 'my_svc-16letters',
        service_type: 'gateway',
        approval_enabled: false,
        tcp_proxy: 'proxy_open',
        description: 'a < b, as it is said',
        tags: [
          { key: 'team', value: 'net' },
          { key: 'bare', value: '' },
        ],
      },
    ],
  ]);
  expect(data.createEndpointService).toMatchObject({
    endpointService: { label: 'my_svc-16letters', serviceType: 'GATEWAY', approvalRequired: false },
    userErrors: [],
  });
});

const REACHED_BY_ADDRESS = `mutation ($input: CreateEndpointServiceInput!) { createEndpointService(input: $input) {
  endpointService { serverAddress ipVersion snatNetworkId policySupported poolId } ${ERRORS} } }`;

test('a service can have a server by its address, IPv6, policies and a dedicated cluster', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(REACHED_BY_ADDRESS, {
    input: {
      ...LEAST,
      serverAddress: 'search.internal.example.com',
      ipVersion: 'IPV6',
      snatNetworkId: 'net-1',
      policySupported: true,
      poolId: 'pool-1',
    },
  });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([
    [
      `POST ${SERVICES}`,
      {
        ...LEAST_BODY,
        ip: 'search.internal.example.com',
        ip_version: 'ipv6',
        snat_network_id: 'net-1',
        enable_policy: true,
        pool_id: 'pool-1',
      },
    ],
  ]);
  expect(data.createEndpointService).toEqual({
    endpointService: {
      serverAddress: 'search.internal.example.com',
      ipVersion: 'IPV6',
      snatNetworkId: 'net-1',
      policySupported: true,
      poolId: 'pool-1',
    },
    userErrors: [],
  });
});

test.each([
  [{ policySupported: false }, {}],
  [{ policySupported: null, serverAddress: null, ipVersion: null, snatNetworkId: null, poolId: null }, {}],
  [
    { ipVersion: 'IPV4', serverAddress: '192.168.0.9' },
    { ip_version: 'ipv4', ip: '192.168.0.9' },
  ],
  [{ snatNetworkId: 'net-1' }, { snat_network_id: 'net-1' }],
])('of %j, only what says something is sent', async (said, sent) => {
  const { ask, sandbox } = await setUp();
  const { data } = await ask(REACHED_BY_ADDRESS, { input: { ...LEAST, ...said } });
  expect(data.createEndpointService.userErrors).toEqual([]);
  expect(listWrites(sandbox)).toEqual([[`POST ${SERVICES}`, { ...LEAST_BODY, ...sent }]]);
});

test('a region without policies refuses to let endpoints have one, as data', async () => {
  const world = { ...emptyWorld(), edition: 'otc' as const };
  const { ask } = await gateway({ sandbox: { world } });
  const { data } = await ask(REACHED_BY_ADDRESS, { input: { ...LEAST, policySupported: true } });
  expect(data.createEndpointService).toMatchObject({
    endpointService: null,
    userErrors: [{ code: 'BAD_USER_INPUT' }],
  });
});

test('the address of a server is changed, if the service has one', async () => {
  const { ask, sandbox, service } = await setUp();
  const move = `mutation ($input: UpdateEndpointServiceInput!) { updateEndpointService(input: $input) {
    endpointService { serverAddress } ${ERRORS} } }`;
  const input = { serviceId: 'svc', serverAddress: '192.168.0.10' };
  const refused = await ask(move, { input });
  expect(refused.data.updateEndpointService).toMatchObject({
    endpointService: null,
    userErrors: [{ code: 'BAD_USER_INPUT', message: expect.stringContaining('EndPoint.3055') }],
  });
  service.net_type = 'vlan';
  const { data } = await ask(move, { input });
  expect(data.updateEndpointService).toEqual({
    endpointService: { serverAddress: '192.168.0.10' },
    userErrors: [],
  });
  expect(listWrites(sandbox).at(-1)).toEqual([`PUT ${SERVICES}/svc`, { ip: '192.168.0.10' }]);
});

const port = LEAST.ports[0];

test.each([
  [{ portId: 'a/b' }, '`input.portId` must be'],
  [{ vpcId: '' }, '`input.vpcId` must be'],
  [{ serverType: 'BMS' }, '`input.serverType` must be one of VM, VIP, LB.'],
  [{ serverType: 'UNKNOWN' }, '`input.serverType` must be one of VM, VIP, LB.'],
  [{ serviceType: 'UNKNOWN' }, '`input.serviceType` must be one of INTERFACE, GATEWAY.'],
  [{ ports: [] }, '`input.ports` must have 1 to 200 items.'],
  [{ ports: Array.from({ length: 201 }, () => port) }, '`input.ports` must have 1 to 200 items.'],
  [{ ports: [{ ...port, clientPort: 0 }] }, '`input.ports` must have port numbers of 1 to 65535.'],
  [{ ports: [{ ...port, serverPort: 65536 }] }, '`input.ports` must have port numbers of 1 to 65535.'],
  [{ ports: [{ ...port, protocol: 'ICMP' }] }, '`input.ports.protocol` must be'],
  [{ label: 'seventeen-letters' }, '`input.label` must be 1 to 16'],
  [{ label: 'a.b' }, '`input.label` must be 1 to 16'],
  [{ label: '' }, '`input.label` must be 1 to 16'],
  [{ tcpProxy: 'OPEN' }, '`input.tcpProxy` must be one of'],
  [{ description: 'x'.repeat(513) }, '`input.description` must be at most 512 characters.'],
  [
    { tags: Array.from({ length: 21 }, (_, i) => ({ key: `k${i}` })) },
    '`input.tags` must have 0 to 20 items.',
  ],
  [{ tags: [{ key: '' }] }, '`input.tags` must have keys'],
  [{ tags: [{ key: 'k'.repeat(129) }] }, '`input.tags` must have keys'],
  [{ tags: [{ key: 'k', value: 'v'.repeat(256) }] }, '`input.tags` must have keys'],
  [{ serverAddress: '' }, '`input.serverAddress` must be an IPv4 address or a domain name.'],
  [{ serverAddress: '192.168.0.256' }, '`input.serverAddress` must be'],
  [{ serverAddress: 'fd00::1' }, '`input.serverAddress` must be'],
  [{ serverAddress: 'a..example.com' }, '`input.serverAddress` must be'],
  [
    { serverAddress: '10.0.0.1', serviceType: 'GATEWAY' },
    '`input.serverAddress` is for an interface service',
  ],
  [{ ipVersion: 'IPV6' }, '`input.ipVersion` `IPV6` needs `input.snatNetworkId`.'],
  [{ ipVersion: 'UNKNOWN' }, '`input.ipVersion` must be one of IPV4, IPV6.'],
  [{ snatNetworkId: 'a/b' }, '`input.snatNetworkId` must be'],
  [{ poolId: '' }, '`input.poolId` must be'],
])('a new service with %j is refused before any call', async (said, message) => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, { input: { ...LEAST, ...said } });
  expect(data).toEqual({ createEndpointService: null });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('when the quota is used up, that is data', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.world.quotas.endpoint_service = 1;
  const { data, errors } = await ask(CREATE, { input: LEAST });
  expect(errors).toBeUndefined();
  expect(data.createEndpointService).toMatchObject({
    endpointService: null,
    userErrors: [{ code: 'QUOTA_EXCEEDED', message: expect.stringContaining('`quotas` shows') }],
  });
});

test('a change sends what was said, and gives the service as it is now', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(UPDATE, {
    input: {
      serviceId: 'svc',
      label: 'after',
      approvalRequired: false,
      ports: [{ clientPort: 80, serverPort: 8080, protocol: 'TCP' }],
      portId: 'port-2',
      tcpProxy: 'toa_open',
      description: '',
    },
  });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([
    [
      `PUT ${SERVICES}/svc`,
      {
        service_name: 'after',
        approval_enabled: false,
        ports: [{ client_port: 80, server_port: 8080, protocol: 'TCP' }],
        port_id: 'port-2',
        tcp_proxy: 'toa_open',
        description: '',
      },
    ],
  ]);
  expect(data.updateEndpointService).toEqual({
    endpointService: {
      serviceId: 'svc',
      label: 'after',
      ownership: 'OWN',
      approvalRequired: false,
      tcpProxy: 'toa_open',
      description: '',
      portId: 'port-2',
      ports: [{ clientPort: 80, serverPort: 8080, protocol: 'TCP' }],
    },
    userErrors: [],
  });
});

test.each([
  [{ approvalRequired: false }, { approval_enabled: false }],
  [{ description: 'new', label: null }, { description: 'new' }],
])('what a change leaves out stays as it is: %j', async (said, body) => {
  const { ask, sandbox } = await setUp();
  const { data } = await ask(UPDATE, { input: { serviceId: 'svc', ...said } });
  expect(data.updateEndpointService.userErrors).toEqual([]);
  expect(listWrites(sandbox).map(([, sent]) => sent)).toEqual([body]);
});

test.each([
  [{}, 'nothing was given beside `serviceId`'],
  [{ description: null }, 'nothing was given beside `serviceId`'],
  [{ ports: [] }, '`input.ports` must have 1 to 200 items.'],
  [{ serviceId: '..', description: 'x' }, '`input.serviceId` must be'],
  [{ serverAddress: 'http://a' }, '`input.serverAddress` must be'],
  [{ serverAddress: '10.0.0.1', portId: 'port-2' }, '`input.serverAddress` cannot be changed together.'],
])('a change with %j is refused before any call', async (said, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(UPDATE, { input: { serviceId: 'svc', ...said } });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('a renamed service is read anew, since the answer has its name alone', async () => {
  const { ask, calls, sandbox } = await setUp();
  const { data, errors } = await ask(RENAME, { input: { serviceId: 'svc', label: 'after' } });
  expect(errors).toBeUndefined();
  expect(data.renameEndpointService).toEqual({
    endpointService: { name: `${SANDBOX.region}.after.svc`, label: 'after' },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[`PUT ${SERVICES}/svc/name`, { endpoint_service_name: 'after' }]]);
  expect(calls()).toEqual([`PUT ${SERVICES}/svc/name`, `GET ${SERVICES}/svc`]);
});

test('that a renamed service cannot be read does not hide that it was renamed', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({
    method: 'GET',
    path: /svc$/,
    respond: { status: 403, body: { error_code: 'EndPoint.0004' } },
  });
  sandbox.fault({
    method: 'GET',
    path: /describe/,
    respond: { status: 403, body: { error_code: 'EndPoint.0004' } },
  });
  const { data, errors } = await ask(RENAME, { input: { serviceId: 'svc', label: 'after' } });
  expect(data.renameEndpointService).toEqual({ endpointService: null, userErrors: [] });
  expect(errors).toMatchObject([
    { path: ['renameEndpointService', 'endpointService'], extensions: { code: 'FORBIDDEN' } },
  ]);
});

test('a deleted service is shown while it is being deleted', async () => {
  const { ask, sandbox } = await setUp();
  const { data: before } = await ask('{ endpointService(by: { id: "svc" }) { id } }');
  sandbox.calls.splice(0);
  const { data, errors } = await ask(DELETE, { input: { serviceId: 'svc' } });
  const { id } = before.endpointService;
  expect(errors).toBeUndefined();
  expect(data.deleteEndpointService).toEqual({
    deletedId: id,
    endpointService: { id, status: 'DELETING' },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[`DELETE ${SERVICES}/svc`, null]]);
});

test.each([
  { status: 204, body: undefined },
  { status: 200, body: '' },
  { status: 200, body: '{}' },
  { status: 200, body: 'null' },
])(
  'status $status with the body $body says that the deletion runs; a service that is gone is null',
  async (respond) => {
    const { ask, sandbox } = await setUp();
    sandbox.world.services = [];
    sandbox.fault({ method: 'DELETE', path: /svc$/, respond });
    const { data, errors } = await ask(DELETE, { input: { serviceId: 'svc' } });
    expect(errors).toBeUndefined();
    expect(data.deleteEndpointService).toEqual({
      deletedId: expect.any(String),
      endpointService: null,
      userErrors: [],
    });
  },
);

test('a service in use is not deleted, and the payload says what to do first', async () => {
  const { ask, sandbox, service } = await setUp();
  service.connections.push(makeServiceConnection());
  const { data, errors } = await ask(DELETE, { input: { serviceId: 'svc' } });
  expect(errors).toBeUndefined();
  expect(data.deleteEndpointService).toEqual({
    deletedId: null,
    endpointService: null,
    userErrors: [
      {
        code: 'CONFLICT',
        message: expect.stringMatching(/EndPoint\.3006.*reject these first/),
        field: ['input', 'serviceId'],
      },
    ],
  });
  expect(sandbox.calls).toHaveLength(1);
});

const CHANGES = [
  { name: 'updateEndpointService', mutation: UPDATE, input: { serviceId: 'svc', description: 'x' } },
  { name: 'renameEndpointService', mutation: RENAME, input: { serviceId: 'svc', label: 'after' } },
  { name: 'deleteEndpointService', mutation: DELETE, input: { serviceId: 'svc' } },
];

test.each(CHANGES)('$name of a service that is not the own is refused as data', async (change) => {
  const { ask, sandbox } = await setUp();
  const foreign = makeVisibleService({ refusal: 'EndPoint.0004' });
  sandbox.world.visibleServices.push(foreign);
  const refused = async (serviceId: string) => {
    const { data } = await ask(change.mutation, { input: { ...change.input, serviceId } });
    return data[change.name].userErrors[0];
  };
  expect(await refused(foreign.id)).toMatchObject({ code: 'FORBIDDEN', field: ['input', 'serviceId'] });
  expect(await refused('nowhere')).toMatchObject({ code: 'NOT_FOUND', field: ['input', 'serviceId'] });
  expect(sandbox.calls).toHaveLength(2);
});

test.each(CHANGES)('$name of a service in the making is a conflict', async ({ name, mutation, input }) => {
  const { ask, service } = await setUp();
  service.status = 'creating';
  const { data } = await ask(mutation, { input });
  expect(data[name].userErrors).toMatchObject([
    { code: 'CONFLICT', message: expect.stringContaining('EndPoint.3045'), field: ['input', 'serviceId'] },
  ]);
});

const ALL = [
  {
    name: 'createEndpointService',
    mutation: CREATE,
    input: { ...LEAST, label: 'mine' },
    tells: '`endpointServices(filter: { name: "mine" })`',
  },
  {
    name: 'createEndpointService',
    mutation: CREATE,
    input: LEAST,
    tells: 'the newest first, in `endpointServices` before trying again',
  },
  ...CHANGES.map((change) => ({ ...change, tells: '`endpointService(by: { id: "svc" }) {' })),
];

test.each(UNCLEAR.flatMap((unclear) => ALL.map((change) => ({ ...unclear, ...change }))))(
  'after $what, $name was sent once, and the payload names $tells',
  async ({ fault, name, mutation, input, tells }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ path: /vpc-endpoint-services/, ...fault });
    const { data, errors } = await ask(mutation, { input });
    expect(errors).toBeUndefined();
    expect(data[name]).toMatchObject({
      endpointService: null,
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining(tells), field: null }],
    });
    expect(sandbox.calls).toHaveLength(1);
  },
);

test('a change whose answer was lost is looked for in all that it says, and sent no more', async () => {
  const { ask, sandbox, service } = await setUp();
  service.net_type = 'vlan';
  const change = async () => {
    const input = {
      serviceId: 'svc',
      label: 'after',
      approvalRequired: false,
      ports: [
        { clientPort: 443, serverPort: 8443 },
        { clientPort: 80, serverPort: 8080, protocol: 'UDP' },
      ],
      serverAddress: '192.168.0.10',
      tcpProxy: 'open',
      description: 'new',
      idempotencyKey: 'k',
    };
    return (await ask(UPDATE, { input })).data.updateEndpointService;
  };
  sandbox.fault({ method: 'PUT', path: /./, reset: 'after' });
  expect((await change()).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
  service.ports.reverse();
  const done = { endpointService: { label: 'after', description: 'new', tcpProxy: 'open' }, userErrors: [] };
  expect(await change()).toMatchObject(done);
  const otherwise: Partial<typeof service>[] = [
    { service_name: `${SANDBOX.region}.before.svc` },
    { approval_enabled: true },
    { ports: service.ports.slice(1) },
    { ip: '192.168.0.11' },
    { tcp_proxy: 'close' },
    { description: '' },
  ];
  for (const other of otherwise) {
    const before = { ...service };
    Object.assign(service, other);
    expect(await change()).toMatchObject({
      endpointService: null,
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('does not show the change') }],
    });
    Object.assign(service, before);
  }
  expect(await change()).toMatchObject(done);
  expect(listWrites(sandbox)).toHaveLength(1);
});

test('where a region does not have renaming, it says so', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({ method: 'PUT', path: /./, respond: { status: 404, body: { error_code: 'APIGW.0101' } } });
  const { data, errors } = await ask(
    `mutation { renameEndpointService(input: { serviceId: "s1", label: "other" }) { userErrors { code message } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.renameEndpointService.userErrors).toEqual([
    { code: 'BAD_USER_INPUT', message: expect.stringContaining('in this region') },
  ]);
});
