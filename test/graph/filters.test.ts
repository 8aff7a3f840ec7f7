import { expect, test } from 'vitest';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  type World,
} from '../../src/sandbox/world.ts';
import { countCalls as countByUuid } from '../support/count-calls.ts';
import { gateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

type Cluster = World['clusters'][number];
type Service = World['services'][number];
type Endpoint = World['endpoints'][number];

/** Counts calls by their operation; the short ids of these worlds count as one. */
const countCalls = (calls: readonly string[]) =>
  countByUuid(
    calls.map((call) => call.replace(/\/[cs](-[abc])?\//, '/5c77b71c-5b35-4f50-8984-76387e42451a/')),
  );

/** The usual world, with rows for each condition. */
const worldOf = (): World => {
  const world = createWorld();
  const tagged = (tags: object) =>
    Object.entries(tags).map(([key, value]) => ({ key, value: String(value) }));
  world.clusters.push(
    makeCluster({ id: 'c-a', vpcId: 'v-a', enterpriseProjectId: 'ep-a', tags: tagged({ team: 'net' }) }),
    makeCluster({ id: 'c-b', vpcId: 'v-a', tags: tagged({ team: 'net', stage: 'prod' }) }),
    makeCluster({
      id: 'c-c',
      vpcId: 'v-b',
      endpointAccess: false,
      vpcServiceName: null,
      tags: tagged({ stage: '' }),
    }),
  );
  world.services.push(
    makeService({ id: 's-a', vpc_id: 'v-a', service_type: 'gateway', approval_enabled: false }),
    makeService({ id: 's-b', vpc_id: 'v-a', connections: [makeServiceConnection({ status: 'rejected' })] }),
    makeService({ id: 's-c', vpc_id: 'v-b', connections: [makeServiceConnection()] }),
  );
  const joined = (id: string, status: string, vpcepIp: string, marker_id: string, service: Service) => {
    const row = makeServiceConnection({ id, status, vpcepIp, marker_id });
    service.connections.push(row);
    world.endpoints.push(makeEndpoint(row, service));
  };
  joined('e-a', 'accepted', '10.9.9.1', '777', world.services.at(-3)!);
  joined('e-b', 'failed', '10.9.9.2', '778', world.services.at(-2)!);
  joined('e-c', 'accepted', '10.9.9.1', '779', world.services.at(-1)!);
  return world;
};

interface Case {
  list: 'clusters' | 'endpointServices' | 'endpoints';
  filter: string;
  keeps: (row: never) => boolean;
}

const has = (row: Pick<Cluster, 'tags'>, key: string, ...values: string[]) =>
  row.tags.some((tag) => tag.key === key && (values.length === 0 || values.includes(tag.value)));

const CASES: Case[] = [
  { list: 'clusters', filter: 'endpointAccess: true', keeps: (row: Cluster) => row.endpointAccess },
  { list: 'clusters', filter: 'endpointAccess: false', keeps: (row: Cluster) => !row.endpointAccess },
  { list: 'clusters', filter: 'vpcId: "v-a"', keeps: (row: Cluster) => row.vpcId === 'v-a' },
  {
    list: 'clusters',
    filter: 'enterpriseProjectId: "ep-a"',
    keeps: (row: Cluster) => row.enterpriseProjectId === 'ep-a',
  },
  { list: 'clusters', filter: 'tags: [{ key: "team" }]', keeps: (row: Cluster) => has(row, 'team') },
  {
    list: 'clusters',
    filter: 'tags: [{ key: "team", values: ["net", "shop"] }]',
    keeps: (row: Cluster) => has(row, 'team', 'net', 'shop'),
  },
  {
    list: 'clusters',
    filter: 'tags: [{ key: "team" }, { key: "stage", values: ["prod"] }]',
    keeps: (row: Cluster) => has(row, 'team') && has(row, 'stage', 'prod'),
  },
  {
    list: 'clusters',
    filter: 'tags: [{ key: "stage", values: [""] }]',
    keeps: (row: Cluster) => has(row, 'stage', ''),
  },
  {
    list: 'clusters',
    filter: 'endpointAccess: true, vpcId: "v-a", tags: [{ key: "stage" }], name: "css"',
    keeps: ({ id }: Cluster) => id === 'c-b',
  },
  {
    list: 'endpointServices',
    filter: 'serviceType: GATEWAY',
    keeps: (row: Service) => row.service_type === 'gateway',
  },
  { list: 'endpointServices', filter: 'serviceType: [GATEWAY, INTERFACE]', keeps: () => true },
  {
    list: 'endpointServices',
    filter: 'approvalRequired: false',
    keeps: (row: Service) => !row.approval_enabled,
  },
  {
    list: 'endpointServices',
    filter: 'approvalRequired: true, status: [AVAILABLE]',
    keeps: (row: Service) => row.approval_enabled && row.status === 'available',
  },
  { list: 'endpointServices', filter: 'vpcId: "v-a"', keeps: (row: Service) => row.vpc_id === 'v-a' },
  {
    list: 'endpointServices',
    filter: 'hasConnections: true',
    keeps: (row: Service) => row.connections.length > 0,
  },
  {
    list: 'endpointServices',
    filter: 'hasConnections: false',
    keeps: (row: Service) => row.connections.length === 0,
  },
  {
    list: 'endpointServices',
    filter: 'tags: [{ key: "team" }], approvalRequired: false, hasConnections: true',
    keeps: (row: Service) => has(row, 'team') && !row.approval_enabled && row.connections.length > 0,
  },
  {
    list: 'endpoints',
    filter: 'status: [FAILED, REJECTED]',
    keeps: ({ connection }: Endpoint) => ['failed', 'rejected'].includes(connection.status),
  },
  {
    list: 'endpoints',
    filter: 'ipv4: "10.9.9.1"',
    keeps: ({ connection }: Endpoint) => connection.vpcepIp === '10.9.9.1',
  },
  {
    list: 'endpoints',
    filter: 'endpointId: "e-b"',
    keeps: ({ connection }: Endpoint) => connection.id === 'e-b',
  },
  {
    list: 'endpoints',
    filter: 'markerId: "778"',
    keeps: ({ connection }: Endpoint) => connection.id === 'e-b',
  },
  {
    list: 'endpoints',
    filter: 'serviceId: "s-c"',
    keeps: (row: Endpoint) => row.endpoint_service_id === 's-c',
  },
  {
    list: 'endpoints',
    filter: 'ipv4: "10.9.9.1", serviceId: "s-a", status: ACCEPTED',
    keeps: ({ connection }: Endpoint) => connection.id === 'e-a',
  },
];

const ID = { clusters: 'clusterId', endpointServices: 'serviceId', endpoints: 'endpointId' };

const rowsOf = (world: World, list: Case['list']): (Cluster | Service | Endpoint)[] => {
  if (list === 'clusters') return world.clusters;
  return list === 'endpoints' ? world.endpoints : world.services;
};

const idOf = (row: Cluster | Service | Endpoint): string =>
  'connection' in row ? row.connection.id : row.id;

test.each(CASES)('$list by $filter are those that the rows say', async ({ list, filter, keeps }) => {
  const world = worldOf();
  const { ask } = await gateway({ sandbox: { world, lagMs: 0 } });
  const expected = rowsOf(world, list)
    .filter((row) => keeps(row as never))
    .map(idOf);
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const { data, errors } = await ask(
      `query ($after: String) { ${list}(first: 3, after: $after, filter: { ${filter} }) {
         totalCount nodes { ${ID[list]} } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    expect(errors).toBeUndefined();
    expect(data[list].totalCount).toBe(expected.length);
    found.push(...data[list].nodes.map((node: Record<string, string>) => node[ID[list]]));
    if (!data[list].pageInfo.hasNextPage) break;
    after = data[list].pageInfo.endCursor;
  }
  expect(found.toSorted()).toEqual(expected.toSorted());
  expect(new Set([0, rowsOf(world, list).length]).has(found.length)).toBe(
    filter.includes('[GATEWAY, INTERFACE]'),
  );
});

test.each([
  { field: 'clusters', filter: 'vpcId: "no id!"' },
  { field: 'clusters', filter: 'enterpriseProjectId: "a/b"' },
  { field: 'clusters', filter: 'tags: [{ key: "" }]' },
  { field: 'clusters', filter: 'tags: [{ key: "a" }, { key: "a" }]' },
  { field: 'endpointServices', filter: 'vpcId: ""' },
  { field: 'endpoints', filter: 'ipv4: "10.0.0.256"' },
  { field: 'endpoints', filter: 'ipv4: "::1"' },
  { field: 'endpoints', filter: 'markerId: "1e3"' },
  { field: 'endpoints', filter: 'endpointId: "../a"' },
  { field: 'endpoints', filter: 'serviceId: "a b"' },
  { field: 'connections', filter: 'ipv4: "10.0.0"' },
])('$field by $filter are refused before any call', async ({ field, filter }) => {
  const { ask, calls } = await gateway({ sandbox: { world: emptyWorld() } });
  const { errors } = await ask(`{ ${field}(filter: { ${filter} }) { totalCount } }`);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

test('the cloud filters endpoints by id', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: worldOf() } });
  await ask('{ endpoints(filter: { endpointId: "e-b", ipv4: "10.9.9.2" }) { nodes { status } } }');
  expect(calls()).toEqual([expect.stringContaining('/vpc-endpoints?id=e-b&')]);
});

test('endpoint access is read for the clusters that meet the other conditions, once each', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: worldOf() } });
  const { data } = await ask(
    '{ clusters(filter: { endpointAccess: true, vpcId: "v-a" }) { totalCount nodes { endpointAccess serviceName } } }',
  );
  expect(data.clusters.totalCount).toBe(2);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /clusters/{id}/vpcepservice/connections': 2,
  });
});

test('connections are looked for only at services without an active one', async () => {
  const world = worldOf();
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data } = await ask(
    '{ endpointServices(filter: { hasConnections: false }) { nodes { serviceId } } }',
  );
  const idle = world.services.filter(
    ({ connections }) => !connections.some(({ status }) => status === 'accepted' || status === 'creating'),
  );
  expect(idle.length).toBeGreaterThan(data.endpointServices.nodes.length);
  expect(countCalls(calls())).toEqual({
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoint-services/{id}/connections': idle.length,
  });
});

/** Three clusters and three services, the last of each without anything. */
const smallWorld = (): World => ({
  ...emptyWorld(),
  clusters: [makeCluster(), makeCluster(), makeCluster({ endpointAccess: false, vpcServiceName: null })],
  services: [makeService(), makeService(), makeService({ connections: [makeServiceConnection()] })],
});

const CHECKED = [
  { list: 'clusters', filter: 'endpointAccess: true', id: 'clusterId', left: 1 },
  { list: 'endpointServices', filter: 'hasConnections: false', id: 'serviceId', left: 1 },
] as const;

test.each(CHECKED)(
  '$list whose call for $filter fails are left out, and told',
  async ({ list, filter, id, left }) => {
    const world = smallWorld();
    const { ask, sandbox } = await gateway({ sandbox: { world } });
    const [down, up] = list === 'clusters' ? world.clusters : world.services;
    sandbox.fault({
      path: new RegExp(`${down!.id}/.*connections`),
      respond: { status: 403, body: { error_code: 'APIGW.0302' } },
    });
    const told = await ask(
      `{ ${list}(filter: { ${filter} }) { totalCount nodes { ${id} } unavailable { projectId code message } } }`,
    );
    expect(told.errors).toBeUndefined();
    expect(told.data[list]).toMatchObject({
      totalCount: left,
      nodes: [{ [id]: up!.id }],
      unavailable: [{ code: 'FORBIDDEN', message: expect.stringMatching(/of 1 rows could not be read/) }],
    });
    const { data, errors } = await ask(`{ ${list}(filter: { ${filter} }) { totalCount } }`);
    expect(data[list].totalCount).toBe(left);
    expect(errors).toMatchObject([{ path: [list], extensions: { code: 'FORBIDDEN' } }]);
  },
);

test.each(CHECKED)(
  '$list of three projects by $filter are one list, without what fails',
  async ({ list, filter, left }) => {
    const worlds = [smallWorld(), smallWorld(), smallWorld()];
    const { ask, clouds } = await startProjectsGateway(worlds);
    clouds[1]!.fault({ path: /connections\?/, respond: { status: 403, body: { error_code: 'APIGW.0302' } } });
    const { data } = await ask(
      `{ ${list}(filter: { ${filter} }) { totalCount unavailable { projectId code } } }`,
    );
    expect(data[list]).toEqual({
      totalCount: 2 * (left + 1),
      unavailable: [{ projectId: 'p1', code: 'FORBIDDEN' }],
    });
  },
);

test('clusters past the calls of the operation are left out, and told', async () => {
  const world = { ...emptyWorld(), clusters: Array.from({ length: 9 }, () => makeCluster()) };
  const { ask, calls } = await gateway({ sandbox: { world }, settings: { UPSTREAM_CALL_LIMIT: '6' } });
  const { data } = await ask(
    '{ clusters(filter: { endpointAccess: true }) { totalCount unavailable { code message } } }',
  );
  expect(data.clusters).toMatchObject({
    totalCount: 5,
    unavailable: [{ code: 'UPSTREAM_CALL_LIMIT', message: expect.stringMatching(/of 4 rows/) }],
  });
  expect(calls()).toHaveLength(6);
});

test('the end of a list that is too long is refused before a cluster is looked at', async () => {
  const world = { ...emptyWorld(), clusters: Array.from({ length: 2001 }, () => makeCluster()) };
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { errors } = await ask('{ clusters(last: 1, filter: { endpointAccess: true }) { nodes { name } } }');
  expect(errors).toMatchObject([{ extensions: { code: 'RESULT_TRUNCATED' } }]);
  expect(calls()).toHaveLength(1);
});

const ADDRESS = '10.9.9.1';

/** One address at a cluster, at a service by an own endpoint, and at a service by an endpoint of another project. */
const worldWithAddress = (): World => {
  const world = emptyWorld();
  const own = makeServiceConnection({ id: 'own', vpcepIp: ADDRESS });
  const foreign = makeServiceConnection({ id: 'foreign', vpcepIp: ADDRESS });
  const service = makeService({ id: 's', connections: [own, foreign, makeServiceConnection()] });
  world.clusters.push(
    makeCluster({
      id: 'c',
      connections: [makeClusterConnection({ id: 'at-cluster', vpcepIp: ADDRESS }), makeClusterConnection()],
    }),
  );
  world.services.push(service, makeService());
  world.endpoints.push(makeEndpoint(own, service));
  return world;
};

const idsIn = (nodes: { endpointId: string }[]) => nodes.map(({ endpointId }) => endpointId).toSorted();

test('where an address is, is one query, with one call more for the own endpoints', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: worldWithAddress() } });
  const { data, errors } = await ask(
    `{ connections(filter: { ipv4: "${ADDRESS}" }) { totalCount nodes { endpointId ipv4 } unavailable { code } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.connections).toMatchObject({ totalCount: 2, unavailable: [] });
  expect(idsIn(data.connections.nodes)).toEqual(['at-cluster', 'own']);
  for (const { ipv4 } of data.connections.nodes) expect(ipv4).toBe(ADDRESS);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoints': 1,
    'GET /clusters/{id}/vpcepservice/connections': 1,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('an address means the same under a cluster and under a service', async () => {
  const { ask } = await gateway({ sandbox: { world: worldWithAddress() } });
  const connections = (ipv4: string) =>
    `connections(filter: { ipv4: "${ipv4}" }) { totalCount nodes { endpointId } }`;
  const { data } = await ask(
    `{ cluster(clusterId: "c") { ${connections(ADDRESS)} } endpointService(by: { id: "s" }) { ${connections(ADDRESS)} } }`,
  );
  expect(idsIn(data.cluster.connections.nodes)).toEqual(['at-cluster']);
  expect(idsIn(data.endpointService.connections.nodes)).toEqual(['own']);
});

test('services are not claimed to lack an address where the own endpoints cannot be read', async () => {
  const { ask, sandbox } = await gateway({ sandbox: { world: worldWithAddress() } });
  sandbox.fault({ path: /vpc-endpoints\?/, respond: { status: 403, body: { error_code: 'EndPoint.0004' } } });
  const { data } = await ask(
    `{ connections(filter: { ipv4: "${ADDRESS}" }) { nodes { endpointId } unavailable { clusterId code } } }`,
  );
  expect(idsIn(data.connections.nodes)).toEqual(['at-cluster']);
  expect(data.connections.unavailable).toEqual([
    { clusterId: null, code: 'FORBIDDEN' },
    { clusterId: null, code: 'FORBIDDEN' },
  ]);
});

test('a condition that reads every cluster or service costs as much as they do', async () => {
  const { ask } = await gateway({ sandbox: { world: smallWorld() } });
  const cost = async (query: string, variables = {}) =>
    (await ask(query, variables, { 'x-cost': '1' })).extensions!['cost'].estimated as number;
  const plain = await cost('{ clusters(filter: { name: "a" }) { totalCount } }');
  expect(plain).toBeLessThan(10);
  const withVariable = 'query ($on: Boolean) { clusters(filter: { endpointAccess: $on }) { totalCount } }';
  const withFilter = 'query ($f: EndpointServiceFilter) { endpointServices(filter: $f) { totalCount } }';
  expect(await cost('{ clusters(filter: { endpointAccess: true }) { totalCount } }')).toBe(plain + 4000);
  expect(await cost('{ clusters(filter: { endpointAccess: null }) { totalCount } }')).toBe(plain);
  expect(await cost(withVariable, { on: false })).toBe(plain + 4000);
  expect(await cost(withFilter, { f: { hasConnections: false } })).toBe(plain + 4000);
  expect(await cost(withFilter, { f: { vpcId: 'v' } })).toBe(plain);
});
