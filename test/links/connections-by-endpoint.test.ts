import { expect, test } from 'vitest';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeService,
  makeServiceConnection,
  type World,
} from '../../src/sandbox/world.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCalls } from '../support/count-calls.ts';
import { encodeNodeId } from '../../src/graph/node-id.ts';
import { gateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

/** Two clusters with own services in front, and a service by itself. */
const smallWorld = (): World => {
  const world = createClustersWithServices(2, () => 3);
  world.services.push(makeService({ connections: [makeServiceConnection(), makeServiceConnection()] }));
  return world;
};

const QUESTION = `query ($ids: [ID!]!) { connectionsByEndpoint(endpointIds: $ids) { endpointId
  clusterConnection { id region projectId cluster { clusterId } }
  serviceConnection { id endpointService { serviceId } } unavailable { clusterId serviceId code } } }`;

test('an endpoint is found at a cluster, at the own service in front of it, and at a service by itself', async () => {
  const world = smallWorld();
  const { ask, calls } = await gateway({ sandbox: { world } });
  const [cluster] = world.clusters;
  const [front, , alone] = world.services;
  const ids = [cluster!.connections[0]!.id, alone!.connections[1]!.id, 'nowhere'];
  const { data, errors } = await ask(QUESTION, { ids });
  expect(errors).toBeUndefined();
  expect(data.connectionsByEndpoint).toMatchObject([
    {
      endpointId: ids[0],
      clusterConnection: { cluster: { clusterId: cluster!.id } },
      serviceConnection: { endpointService: { serviceId: front!.id } },
      unavailable: [],
    },
    {
      endpointId: ids[1],
      clusterConnection: null,
      serviceConnection: { endpointService: { serviceId: alone!.id } },
    },
    { endpointId: 'nowhere', clusterConnection: null, serviceConnection: null, unavailable: [] },
  ]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 2,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('over the sandbox the answer is that of its rows', async () => {
  const world = createWorld();
  const { ask, calls } = await gateway({ sandbox: { world } });
  const shown = world.clusters.filter(({ endpointAccess }) => endpointAccess);
  const inFront = new Map(shown.map(({ id, vpcServiceName }) => [vpcServiceName, id]));
  const ids = [...shown, ...world.services].flatMap(({ connections }) =>
    connections.slice(0, 3).map(({ id }) => id),
  );
  const wanted = [...new Set(ids)].slice(0, 99);
  const { data, errors } = await ask(QUESTION, { ids: [...wanted, 'nowhere'] });
  expect(errors).toBeUndefined();
  const has = (id: string) => (parent: { connections: readonly { id: string }[] }) =>
    parent.connections.some((row) => row.id === id);
  const expected = wanted.map((id) => {
    const cluster = shown.find(has(id));
    const service = world.services.find(has(id));
    return {
      endpointId: id,
      clusterConnection: cluster ? { cluster: { clusterId: cluster.id } } : null,
      serviceConnection: service ? { endpointService: { serviceId: service.id } } : null,
      unavailable: [],
    };
  });
  expect(wanted.length).toBeGreaterThan(20);
  expect(
    expected.some(({ clusterConnection, serviceConnection }) => clusterConnection && serviceConnection),
  ).toBe(true);
  const { connectionsByEndpoint: found } = data;
  expect(found.slice(0, -1)).toMatchObject(expected);
  expect(found.at(-1)).toMatchObject({ clusterConnection: null, serviceConnection: null });
  const asked = countCalls(calls());
  expect(asked).toMatchObject({ 'GET /clusters': 1, 'GET /vpc-endpoint-services': 1 });
  // Each service once: those in front of a cluster for its view, and the others; one with more than its first rows once more.
  const services = world.services.filter(
    (service) => !inFront.has(service.service_name) || wanted.some((id) => has(id)(service)),
  );
  const first = 10_000 / (world.clusters.length + world.services.length);
  const longer = services.filter(({ connections }) => connections.length > first);
  expect(asked['GET /vpc-endpoint-services/{id}/connections']).toBe(services.length + longer.length);
});

test('what could not be read is named only for endpoints that were not found', async () => {
  const world = smallWorld();
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const [down, up] = world.clusters;
  world.services = [];
  sandbox.fault({
    path: new RegExp(down!.id),
    respond: { status: 403, body: { errCode: 'APIGW.0310', externalMessage: 'no' } },
  });
  const { data } = await ask(QUESTION, { ids: [down!.connections[0]!.id, up!.connections[0]!.id] });
  expect(data.connectionsByEndpoint).toMatchObject([
    { clusterConnection: null, unavailable: [{ clusterId: down!.id, serviceId: null, code: 'FORBIDDEN' }] },
    { clusterConnection: {}, unavailable: [] },
  ]);
});

test('more than a hundred ids, and what is no id, are refused before any call', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: emptyWorld() } });
  for (const ids of [Array.from({ length: 101 }, (_, at) => `e${at}`), ['no id!']]) {
    const { errors } = await ask(QUESTION, { ids });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  expect(calls()).toEqual([]);
});

const manyConnections = () => Array.from({ length: 2100 }, () => makeClusterConnection());

test('an endpoint past the ceiling of a cluster is found at the own service in front of it', async () => {
  const world = emptyWorld();
  const connections = manyConnections();
  const front = makeService({ connections });
  world.clusters.push(makeCluster({ connections, vpcServiceName: front.service_name }));
  world.services.push(front);
  const { ask, calls } = await gateway({ sandbox: { world } });
  const [near, far] = [connections[5]!.id, connections[2050]!.id];
  const { data } = await ask(QUESTION, { ids: [near, far] });
  expect(data.connectionsByEndpoint).toMatchObject([
    {
      clusterConnection: { cluster: { clusterId: world.clusters[0]!.id } },
      serviceConnection: { endpointService: { serviceId: front.id } },
      unavailable: [],
    },
    {
      clusterConnection: null,
      serviceConnection: { endpointService: { serviceId: front.id } },
      unavailable: [],
    },
  ]);
  // The cluster to its ceiling, and the service once for each of the two.
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 2,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('a cluster past its ceiling is named where an endpoint may be behind it', async () => {
  const world = emptyWorld();
  world.clusters.push(makeCluster({ connections: manyConnections() }), makeCluster());
  const { ask, calls } = await gateway({ sandbox: { world } });
  const [cut] = world.clusters;
  const { data } = await ask(QUESTION, { ids: [cut!.connections[1999]!.id, cut!.connections[2000]!.id] });
  expect(data.connectionsByEndpoint).toMatchObject([
    { clusterConnection: { cluster: { clusterId: cut!.id } }, unavailable: [] },
    { clusterConnection: null, unavailable: [{ clusterId: cut!.id, code: 'RESULT_TRUNCATED' }] },
  ]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 3,
  });
});

test('a cluster that is down is named, and the others are read', async () => {
  const world = smallWorld();
  world.services = [];
  const [down, up] = world.clusters;
  const { ask, calls, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({ path: new RegExp(down!.id), respond: { status: 500, body: {} } });
  const { data, errors } = await ask(QUESTION, { ids: [up!.connections[0]!.id, 'nowhere'] });
  expect(errors).toBeUndefined();
  expect(data.connectionsByEndpoint).toMatchObject([
    { clusterConnection: { cluster: { clusterId: up!.id } }, unavailable: [] },
    { clusterConnection: null, unavailable: [{ clusterId: down!.id, code: 'UPSTREAM_UNAVAILABLE' }] },
  ]);
  // A read that fails is made again, twice.
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 1 + 3,
  });
});

test('a service that may not be read is named, and the others are read', async () => {
  const world = emptyWorld();
  const [forbidden, open] = [1, 2].map(() => makeService({ connections: [makeServiceConnection()] }));
  world.services.push(forbidden!, open!);
  const { ask, calls, sandbox } = await gateway({ sandbox: { world } });
  sandbox.fault({
    path: new RegExp(`${forbidden!.id}/connections`),
    respond: { status: 403, body: { error_code: 'EndPoint.0004', error_msg: 'no' } },
  });
  const { data } = await ask(QUESTION, { ids: [open!.connections[0]!.id, 'nowhere'] });
  expect(data.connectionsByEndpoint).toMatchObject([
    { serviceConnection: { endpointService: { serviceId: open!.id } }, unavailable: [] },
    { serviceConnection: null, unavailable: [{ serviceId: forbidden!.id, code: 'FORBIDDEN' }] },
  ]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('endpoints are found in three projects, and the ones of a project that is down are not claimed to be nowhere', async () => {
  const worlds = [smallWorld(), smallWorld(), smallWorld()];
  const { ask, calls, clouds } = await startProjectsGateway(worlds);
  const idAt = (project: number) => worlds[project]!.services.at(-1)!.connections[0]!.id;
  const ids = [idAt(0), idAt(2)];
  const { data } = await ask(QUESTION, { ids });
  expect(data.connectionsByEndpoint.map(({ endpointId }: { endpointId: string }) => endpointId)).toEqual(ids);
  for (const { serviceConnection, unavailable } of data.connectionsByEndpoint)
    expect([serviceConnection, unavailable]).toEqual([expect.anything(), []]);
  // Two clusters and the service by itself, in each project.
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 3,
    'GET /vpc-endpoint-services': 3,
    'GET /clusters/{id}/vpcepservice/connections': 6,
    'GET /vpc-endpoint-services/{id}/connections': 3,
  });
  clouds[0]!.fault({ path: /^\/v1/, respond: { status: 403, body: { error_code: 'APIGW.0302' } } });
  const without = await ask(QUESTION, { ids });
  expect(without.data.connectionsByEndpoint).toMatchObject([
    { serviceConnection: null, unavailable: [{ code: 'FORBIDDEN' }, { code: 'FORBIDDEN' }] },
    { serviceConnection: {}, unavailable: [] },
  ]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 3,
    'GET /vpc-endpoint-services': 3,
    'GET /clusters/{id}/vpcepservice/connections': 4,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('the opaque id of a connection says in which of two projects to look', async () => {
  const worlds = [smallWorld(), smallWorld()];
  const { ask, calls } = await startProjectsGateway(worlds);
  const [cluster] = worlds[1]!.clusters;
  const endpointId = cluster!.connections[0]!.id;
  const project = { region: 'cn-north-4', projectId: 'p1' };
  const id = encodeNodeId('Connection', project, 'cluster', cluster!.id, endpointId);
  const { data, errors } = await ask(QUESTION, { ids: [id] });
  expect(errors).toBeUndefined();
  expect(data.connectionsByEndpoint).toMatchObject([
    { endpointId, clusterConnection: { id, projectId: 'p1' } },
  ]);
  const asked = calls();
  expect(asked.length).toBeGreaterThan(2);
  for (const call of asked) expect(call).toContain('/p1/');
});

/** The limits of the calls that read connections, in order of size. */
const limitsOf = (calls: readonly string[]) =>
  calls
    .filter((call) => call.includes('/connections?'))
    .map((call) => Number(/limit=(\d+)/.exec(call)![1]))
    .toSorted((a, b) => a - b);

/** Ten clusters with so many connections that their first rows are as many as may be read. */
const longWorld = (): World => {
  const world = emptyWorld();
  for (let at = 0; at < 10; at += 1)
    world.clusters.push(
      makeCluster({ connections: Array.from({ length: 400 }, () => makeClusterConnection()) }),
    );
  world.clusters.sort((a, b) => (a.id < b.id ? -1 : 1));
  return world;
};

const SMALL = { MAX_LIST_ROWS: '1000' };

test('no more rows are read of all clusters than of one list, and those that were not read to their end are named', async () => {
  const world = longWorld();
  const { ask, calls } = await gateway({ sandbox: { world }, settings: SMALL });
  const at = (cluster: number, row: number) => world.clusters[cluster]!.connections[row]!.id;
  const { data, errors } = await ask(QUESTION, { ids: [at(0, 399), at(9, 99), at(2, 199), at(2, 200)] });
  expect(errors).toBeUndefined();
  const { connectionsByEndpoint: found } = data;
  expect(found.slice(0, 3)).toMatchObject([
    { clusterConnection: { cluster: { clusterId: world.clusters[0]!.id } }, unavailable: [] },
    { clusterConnection: { cluster: { clusterId: world.clusters[9]!.id } }, unavailable: [] },
    { clusterConnection: { cluster: { clusterId: world.clusters[2]!.id } }, unavailable: [] },
  ]);
  const unread = world.clusters.slice(2).map(({ id }) => ({
    clusterId: id,
    serviceId: null,
    code: 'RESULT_TRUNCATED',
  }));
  expect(found[3]).toMatchObject({ clusterConnection: null, unavailable: unread });
  // The first rows of each, and then the 1,000 rows that may be read: two clusters, and the start of the third.
  expect(limitsOf(calls())).toEqual([...Array.from({ length: 11 }, () => 100), 300, 300]);
});

test('where the first rows have all endpoints, nothing else is read', async () => {
  const world = longWorld();
  const { ask, calls } = await gateway({ sandbox: { world }, settings: SMALL });
  const ids = world.clusters.map(({ connections }) => connections[99]!.id);
  const { data } = await ask(QUESTION, { ids });
  for (const { clusterConnection } of data.connectionsByEndpoint) expect(clusterConnection).not.toBeNull();
  expect(limitsOf(calls())).toEqual(Array.from({ length: 10 }, () => 100));
});

test('services past the rows that may be read are asked for each endpoint', async () => {
  const world = emptyWorld();
  const connections = () => Array.from({ length: 900 }, () => makeServiceConnection());
  world.services.push(
    makeService({ connections: connections() }),
    makeService({ connections: connections() }),
  );
  const { ask, calls } = await gateway({ sandbox: { world }, settings: SMALL });
  const ids = [...world.services.map((service) => service.connections[899]!.id), 'nowhere'];
  const { data } = await ask(QUESTION, { ids });
  expect(data.connectionsByEndpoint).toMatchObject([
    { serviceConnection: { endpointService: { serviceId: world.services[0]!.id } }, unavailable: [] },
    { serviceConnection: { endpointService: { serviceId: world.services[1]!.id } }, unavailable: [] },
    { serviceConnection: null, unavailable: [] },
  ]);
  // The first rows of both, the rest of the first, and the second one for what its first rows do not have.
  expect(limitsOf(calls())).toEqual([1, 1, 1, 400, 500, 500]);
});

test('an endpoint of a cluster that is not read to its end is found at the own service in front of it', async () => {
  const world = createClustersWithServices(2, () => 900);
  const { ask } = await gateway({ sandbox: { world }, settings: SMALL });
  const ids = world.clusters.map(({ connections }) => connections[899]!.id);
  const { data } = await ask(QUESTION, { ids });
  for (const { serviceConnection, unavailable } of data.connectionsByEndpoint)
    expect([serviceConnection, unavailable]).toEqual([expect.anything(), []]);
});
