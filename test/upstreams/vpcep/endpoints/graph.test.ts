import { expect, test } from 'vitest';
import {
  createWorld,
  emptyWorld,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';

const ENDPOINTS = `GET /v1/${SANDBOX.projectId}/vpc-endpoints`;

const ALL = `endpointId region projectId status statusRaw failures { code message } activeStatus activeStatusRaw enabled
  serviceType serviceTypeRaw specification serviceId serviceName markerId ipVersion ipVersionRaw ipv4 ipv6
  dnsEnabled dnsNames vpcId subnetId routeTableIds whitelist whitelistEnabled description tags { key value } createdAt
  updatedAt`;

const worldWith = (...partials: Partial<World['endpoints'][number]['connection']>[]) => {
  const world = emptyWorld();
  const service = makeService({ id: 'svc', service_name: 'cn-north-4.search.svc' });
  world.services.push(service);
  for (const partial of partials) {
    const connection = makeServiceConnection(partial);
    service.connections.push(connection);
    world.endpoints.push(makeEndpoint(connection, service));
  }
  return world;
};

test('an endpoint is read with all that the cloud tells of it', async () => {
  const world = worldWith({
    id: 'ep',
    status: 'failed',
    error: [{ error_code: '1001', error_message: 'Creation did not finish.' }],
    marker_id: '422321312321321321',
    description: 'to the search',
    vpcepIpv6Address: 'fd00::1',
    vpcepDnsName: 'ep.example.com',
  });
  Object.assign(world.endpoints[0]!, {
    active_status: ['arrear_frozen', 'moon_frozen'],
    enable_status: 'disable',
    tags: [{ key: 'team', value: 'net' }],
    whitelist: ['10.0.0.0/8'],
    enable_whitelist: true,
  });
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(`{ endpoint(endpointId: "ep") { ${ALL} } }`);
  expect(errors).toBeUndefined();
  expect(data.endpoint).toEqual({
    endpointId: 'ep',
    region: SANDBOX.region,
    projectId: SANDBOX.projectId,
    status: 'FAILED',
    statusRaw: 'failed',
    failures: [{ code: '1001', message: 'Creation did not finish.' }],
    activeStatus: ['ARREAR_FROZEN', 'UNKNOWN'],
    activeStatusRaw: ['arrear_frozen', 'moon_frozen'],
    enabled: false,
    serviceType: 'INTERFACE',
    serviceTypeRaw: 'interface',
    specification: 'default',
    serviceId: 'svc',
    serviceName: 'cn-north-4.search.svc',
    markerId: '422321312321321321',
    ipVersion: 'DUALSTACK',
    ipVersionRaw: 'dualstack',
    ipv4: '192.168.0.122',
    ipv6: 'fd00::1',
    dnsEnabled: true,
    dnsNames: ['ep.example.com'],
    vpcId: '84758cf5-9c62-43ae-a778-3dbd8370c0a4',
    subnetId: 'c0f79f7c-8eb1-4b5a-a78d-0f9a3a1b1d2e',
    routeTableIds: [],
    whitelist: ['10.0.0.0/8'],
    whitelistEnabled: true,
    description: 'to the search',
    tags: [{ key: 'team', value: 'net' }],
    createdAt: '2024-06-11T09:36:24Z',
    updatedAt: '2024-06-11T09:36:24Z',
  });
  expect(calls()).toEqual([`${ENDPOINTS}/ep`]);
});

test('an answer with nothing but an id, or with older spellings, is read as far as it goes', async () => {
  const { ask, sandbox } = await gateway({ sandbox: { world: worldWith({ id: 'ep' }) } });
  sandbox.fault({ path: /ep$/, respond: { status: 200, body: { id: 'ep' } } });
  const { data, errors } = await ask(`{ endpoint(endpointId: "ep") { ${ALL} } }`);
  expect(errors).toBeUndefined();
  const told = Object.entries(data.endpoint).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  expect(told.map(([name]) => name)).toEqual(['endpointId', 'region', 'projectId']);
  sandbox.clearFaults();
  const older = {
    id: 'ep',
    dns_name: 'a.b',
    enable_dns: 'True',
    enable_whitelist: 'false',
    enable_status: 'new',
  };
  sandbox.fault({
    path: /ep$/,
    respond: { status: 200, body: { ...older, update_at: '2018-01-30T07:42:01.174' } },
  });
  const again = await ask(
    '{ endpoint(endpointId: "ep") { dnsNames dnsEnabled whitelistEnabled enabled updatedAt } }',
  );
  expect(again.data.endpoint).toEqual({
    dnsNames: ['a.b'],
    dnsEnabled: true,
    whitelistEnabled: false,
    enabled: null,
    updatedAt: '2018-01-30T07:42:01.174Z',
  });
});

test('endpoints are listed newest first, a window at a time, in both directions', async () => {
  const days = ['2024-01-01', '2024-01-04', '2024-01-02', '2024-01-03'];
  const world = worldWith(...days.map((day) => ({ id: day, created_at: `${day}T00:00:00Z` })));
  const { ask, calls } = await gateway({ sandbox: { world } });
  const page = `{ totalCount nodes { endpointId } pageInfo { endCursor hasNextPage hasPreviousPage } }`;
  const { data, errors } = await ask(`{ endpoints(first: 3) ${page} }`);
  expect(errors).toBeUndefined();
  expect(data.endpoints).toMatchObject({
    totalCount: 4,
    nodes: [{ endpointId: '2024-01-04' }, { endpointId: '2024-01-03' }, { endpointId: '2024-01-02' }],
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  });
  expect(calls().every((call) => call.startsWith(`${ENDPOINTS}?offset=0&limit=`))).toBe(true);
  const rest = await ask(`query ($after: String!) { endpoints(after: $after) ${page} }`, {
    after: data.endpoints.pageInfo.endCursor,
  });
  expect(rest.data.endpoints.nodes).toEqual([{ endpointId: '2024-01-01' }]);
  const last = await ask(`{ endpoints(last: 2) ${page} }`);
  expect(last.data.endpoints.nodes).toEqual([{ endpointId: '2024-01-02' }, { endpointId: '2024-01-01' }]);
});

test('a total alone is read with one row', async () => {
  const { ask, calls, sandbox } = await gateway();
  const { data } = await ask('{ endpoints { totalCount } }');
  expect(data.endpoints.totalCount).toBe(sandbox.world.endpoints.length);
  expect(calls()).toEqual([`${ENDPOINTS}?offset=0&limit=1`]);
});

test('the cloud filters by service name and VPC', async () => {
  const world = worldWith({ id: 'a' }, { id: 'b' });
  world.endpoints[1]!.vpc_id = 'vpc-b';
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(
    `{ one: endpoints(filter: { serviceName: "SEARCH", vpcId: "vpc-b" }) { nodes { endpointId } }
       none: endpoints(filter: { serviceName: "storage" }) { totalCount }
       all: endpoints(filter: { serviceName: "" }) { totalCount } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    one: { nodes: [{ endpointId: 'b' }] },
    none: { totalCount: 0 },
    all: { totalCount: 2 },
  });
  expect(
    calls()
      .map((call) => call.replace(/&limit=\d+$/, '').replace(ENDPOINTS, ''))
      .toSorted(),
  ).toEqual([
    '?endpoint_service_name=SEARCH&vpc_id=vpc-b&offset=0',
    '?endpoint_service_name=storage&offset=0',
    '?offset=0',
  ]);
});

test.each([
  ['endpoint(endpointId: "a/b") { status }', '`endpointId` must be'],
  ['endpoints(filter: { vpcId: "a/b" }) { totalCount }', '`filter.vpcId` must be'],
  ['endpoints(filter: { serviceName: "<" }) { totalCount }', '`filter.serviceName` must be'],
])('%s is refused before any call', async (selection, message) => {
  const { ask, calls } = await gateway();
  const { errors } = await ask(`{ ${selection} }`);
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(calls()).toEqual([]);
});

test('several endpoints by id cost one call, and one that is not there is told', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: worldWith({ id: 'a' }, { id: 'b' }) } });
  const { data, errors } = await ask(
    `{ a: endpoint(endpointId: "a") { endpointId } b: endpoint(endpointId: "b") { endpointId }
       c: endpoint(endpointId: "c") { endpointId } }`,
  );
  expect(data).toEqual({ a: { endpointId: 'a' }, b: { endpointId: 'b' }, c: null });
  expect(errors).toMatchObject([{ path: ['c'], extensions: { code: 'NOT_FOUND' } }]);
  expect(calls()).toEqual([`${ENDPOINTS}?offset=0&limit=100`]);
});

test.each([
  { status: 404, errorCode: 'EndPoint.0005', code: 'NOT_FOUND' },
  { status: 403, errorCode: 'EndPoint.0004', code: 'FORBIDDEN' },
])('an endpoint that the cloud refuses with $errorCode is null with $code', async (refusal) => {
  const { ask, sandbox } = await gateway();
  const { status, errorCode, code } = refusal;
  sandbox.fault({ path: /vpc-endpoints/, respond: { status, body: { error_code: errorCode } } });
  const { data, errors } = await ask('{ endpoint(endpointId: "ep") { status } }');
  expect(data).toEqual({ endpoint: null });
  expect(errors).toMatchObject([{ path: ['endpoint'], extensions: { code, upstream: { errorCode } } }]);
});

test('an endpoint is fetched again by its id, and as an entity by id and by natural key', async () => {
  const { ask, project } = await gateway({ sandbox: { world: worldWith({ id: 'ep' }) } });
  const { data } = await ask('{ endpoint(endpointId: "ep") { id } }');
  const { id } = data.endpoint;
  const { data: again, errors } = await ask(
    `query ($id: ID!, $of: [_Any!]!) { node(id: $id) { __typename id ... on Endpoint { endpointId } }
       _entities(representations: $of) { ... on Endpoint { id status } } }`,
    {
      id,
      of: [
        { __typename: 'Endpoint', id },
        { __typename: 'Endpoint', ...project, endpointId: 'ep' },
      ],
    },
  );
  expect(errors).toBeUndefined();
  expect(again.node).toEqual({ __typename: 'Endpoint', id, endpointId: 'ep' });
  expect(again._entities).toEqual([
    { id, status: 'ACCEPTED' },
    { id, status: 'ACCEPTED' },
  ]);
});

test('every endpoint of the sandbox can be read whole', async () => {
  const world = createWorld();
  const { ask } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(`{ endpoints(first: 500) { nodes { ${ALL} } } }`);
  expect(errors).toBeUndefined();
  expect(data.endpoints.nodes).toHaveLength(world.endpoints.length);
});
