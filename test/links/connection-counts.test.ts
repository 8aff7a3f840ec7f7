import { expect, test } from 'vitest';
import { createWorld, makePermission, makeService, makeServiceConnection } from '../../src/sandbox/world.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCalls } from '../support/count-calls.ts';
import { gateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

test('the counts of clusters and services are those of their rows, one call each with the rows themselves', async () => {
  const world = createClustersWithServices(2, () => 3);
  world.clusters[0]!.connections[0]!.status = 'failed';
  const { ask, calls } = await gateway({ sandbox: { world } });
  const counts = 'connectionCounts { status count } connections(first: 1) { totalCount }';
  const { data, errors } = await ask(
    `{ clusters { nodes { clusterId ${counts} } } endpointServices { nodes { serviceId ${counts} } } }`,
  );
  expect(errors).toBeUndefined();
  const find = (rows: Record<string, string>[], id: string) =>
    rows.find((row) => Object.values(row).includes(id));
  const expected = {
    connectionCounts: [
      { status: 'ACCEPTED', count: 2 },
      { status: 'FAILED', count: 1 },
    ],
    connections: { totalCount: 3 },
  };
  expect(find(data.clusters.nodes, world.clusters[0]!.id)).toMatchObject(expected);
  expect(find(data.endpointServices.nodes, world.services[0]!.id)).toMatchObject(expected);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 2,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

const ALL = `{
  clusters(first: 100) { nodes { clusterId connectionCounts { status count } } }
  endpointServices(first: 100) { nodes { serviceId connectionCounts { status count } } } }`;

interface Counted {
  clusterId?: string;
  serviceId?: string;
  connectionCounts: { status: string; count: number }[] | null;
}

/** How many rows have each status, as the cloud spells it. */
const countRows = (rows: readonly { status: string }[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(rows, ({ status }) => status)].map(([status, all]) => [status, all.length]),
  );

/** The counts of each cluster and service, with statuses as the cloud spells them. */
const countsOf = (rows: readonly Counted[]): Record<string, Record<string, number> | null> => {
  const spelled = (status: string) => status.toLowerCase().replace('pending_acceptance', 'pendingAcceptance');
  return Object.fromEntries(
    rows.map(({ clusterId, serviceId, connectionCounts }) => [
      clusterId ?? serviceId,
      connectionCounts &&
        Object.fromEntries(connectionCounts.map(({ status, count }) => [spelled(status), count])),
    ]),
  );
};

test('over the sandbox the counts are those of its rows, with one call for each list', async () => {
  const world = createWorld();
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(ALL);
  const cut = world.clusters.findIndex(({ connections }) => connections.length > 2000);
  const expected = [...world.clusters, ...world.services].map(({ id, connections, ...parent }, at) => [
    id,
    at === cut ? null : countRows('endpointAccess' in parent && !parent.endpointAccess ? [] : connections),
  ]);
  expect(countsOf([...data.clusters.nodes, ...data.endpointServices.nodes])).toEqual(
    Object.fromEntries(expected),
  );
  expect(errors).toMatchObject([{ extensions: { code: 'RESULT_TRUNCATED' } }]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    // Lists that are longer than a page take one more, that of the cluster to where the cloud ends it.
    'GET /clusters/{id}/vpcepservice/connections': world.clusters.length + 1,
    'GET /vpc-endpoint-services/{id}/connections':
      world.services.length + world.services.filter(({ connections }) => connections.length > 1000).length,
  });
});

test('a cluster that is down, and a service that may not be read, have no counts, and the others have', async () => {
  const world = createClustersWithServices(2, () => 3);
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const [down, up] = world.clusters;
  const [forbidden, open] = world.services;
  sandbox.fault({ path: new RegExp(`clusters/${down!.id}`), respond: { status: 500, body: {} } });
  sandbox.fault({
    path: new RegExp(`${forbidden!.id}/connections`),
    respond: { status: 403, body: { error_code: 'APIGW.0302' } },
  });
  const { data, errors } = await ask(ALL);
  expect(countsOf([...data.clusters.nodes, ...data.endpointServices.nodes])).toEqual({
    [down!.id]: null,
    [up!.id]: { accepted: 3 },
    [forbidden!.id]: null,
    [open!.id]: { accepted: 3 },
  });
  expect(errors?.map(({ path, extensions }) => `${path?.[0]} ${extensions.code}`).toSorted()).toEqual([
    'clusters UPSTREAM_UNAVAILABLE',
    'endpointServices FORBIDDEN',
  ]);
});

test('the counts of three projects are one list, with one call for each list', async () => {
  const worlds = [1, 2, 3].map((rows) => createClustersWithServices(1, () => rows));
  const { ask, calls } = await startProjectsGateway(worlds);
  const { data, errors } = await ask(ALL);
  expect(errors).toBeUndefined();
  const rows = [...data.clusters.nodes, ...data.endpointServices.nodes];
  expect(countsOf(rows)).toEqual(
    Object.fromEntries(
      worlds.flatMap(({ clusters, services }) =>
        [...clusters, ...services].map(({ id, connections }) => [id, { accepted: connections.length }]),
      ),
    ),
  );
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 3,
    'GET /vpc-endpoint-services': 3,
    'GET /clusters/{id}/vpcepservice/connections': 3,
    'GET /vpc-endpoint-services/{id}/connections': 3,
  });
});

test('a list that cannot be read to its end has no counts, and says why', async () => {
  const world = createClustersWithServices(1, () => 2001);
  const { ask } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${world.clusters[0]!.id}") { connectionCounts { count } } }`,
  );
  expect(data.cluster.connectionCounts).toBeNull();
  expect(errors).toMatchObject([
    { path: ['cluster', 'connectionCounts'], extensions: { code: 'RESULT_TRUNCATED' } },
  ]);
});

test('the counts of a service of another account are null, without an error', async () => {
  const world = createWorld();
  const { ask } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(
    `{ endpointService(by: { id: "${world.visibleServices[0]!.id}" }) { ownership connectionCounts { count } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.endpointService).toEqual({ ownership: 'VISIBLE', connectionCounts: null });
});

test('a whitelist record leads to its cluster and service, and `admits` finds those that let an account in', async () => {
  const world = createClustersWithServices(1, () => 1);
  const permissions = ['*', 'iam:domain::a1', 'iam:domain::b2'].map((permission) =>
    makePermission({ permission }),
  );
  world.clusters[0]!.permissions = permissions;
  world.services = [
    makeService({
      permissions,
      connections: [
        makeServiceConnection({ created_at: '2026-02-01T00:00:00Z' }),
        makeServiceConnection({ created_at: '2025-02-01T00:00:00Z' }),
      ],
    }),
  ];
  const { ask } = await gateway({ sandbox: { world } });
  const lists = `permissions(filter: { admits: "a1" }) { nodes { permission admitsEveryone cluster { clusterId } endpointService { serviceId } } }`;
  const { data } = await ask(`{ clusters { nodes { ${lists} } } endpointServices { nodes { ${lists}
    connections(filter: { createdAfter: "2026-01-01T00:00:00Z" }) { totalCount } } } }`);
  const [cluster] = data.clusters.nodes;
  const [service] = data.endpointServices.nodes;
  const { id: clusterId } = world.clusters[0]!;
  const { id: serviceId } = world.services[0]!;
  expect(cluster.permissions.nodes).toMatchObject([
    { permission: '*', admitsEveryone: true, cluster: { clusterId } },
    { permission: 'iam:domain::a1', admitsEveryone: false, cluster: { clusterId } },
  ]);
  expect(service.permissions.nodes).toMatchObject([
    { permission: '*', cluster: null, endpointService: { serviceId } },
    { permission: 'iam:domain::a1', cluster: null, endpointService: { serviceId } },
  ]);
  expect(service.connections.totalCount).toBe(1);
});
