import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  makeVisibleService,
} from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { countCalls } from '../support/count-calls.ts';

const OTHER = '0123456789abcdef0123456789abcdee';

/** An own service and a cluster in front of a foreign one, each with an own endpoint and one of another account. */
const twoSides = () => {
  const world = emptyWorld();
  const own = makeServiceConnection({ id: 'own-1' });
  const atCluster = makeClusterConnection({ id: 'own-2' });
  const service = makeService({
    id: 'svc',
    connections: [own, makeServiceConnection({ id: 'foreign-1', domain_id: OTHER })],
  });
  const behind = makeVisibleService({ id: '2f3a4b5c-6d7e-4f80-91a2-b3c4d5e6f708' });
  const cluster = makeCluster({
    id: 'c',
    vpcServiceName: behind.service_name,
    connections: [atCluster, makeClusterConnection({ id: 'foreign-2', domain_id: OTHER })],
  });
  world.services.push(service);
  world.visibleServices.push(behind);
  world.clusters.push(cluster);
  world.endpoints.push(makeEndpoint(own, service), makeEndpoint(atCluster, behind));
  return world;
};

test('a connection leads to the own endpoint; of another project there is none to see', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: twoSides() } });
  const rows = 'connections { nodes { endpointId endpoint { endpointId vpcId serviceId } } }';
  const { data, errors } = await ask(
    `{ cluster(clusterId: "c") { ${rows} } endpointService(by: { id: "svc" }) { ${rows} } }`,
  );
  expect(errors).toBeUndefined();
  const seen = (nodes: { endpointId: string; endpoint: { endpointId: string } | null }[]) =>
    Object.fromEntries(nodes.map(({ endpointId, endpoint }) => [endpointId, endpoint?.endpointId ?? null]));
  expect(seen(data.cluster.connections.nodes)).toEqual({ 'own-2': 'own-2', 'foreign-2': null });
  expect(seen(data.endpointService.connections.nodes)).toEqual({ 'own-1': 'own-1', 'foreign-1': null });
  expect(countCalls(calls())['GET /vpc-endpoints']).toBe(1);
});

test('endpoints of all connections of a list cost one call, together with what else only they know', async () => {
  const { ask, calls } = await gateway();
  const { errors } = await ask(
    `{ endpointServices(first: 1, filter: { name: "orders" }) { nodes {
         connections(first: 8) { nodes { ipv4 endpoint { subnetId } } } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(countCalls(calls())).toMatchObject({ 'GET /vpc-endpoints': 1 });
});

test('an endpoint leads to its service, and to its connection where the service is the own', async () => {
  const { ask } = await gateway({ sandbox: { world: twoSides() } });
  const { data, errors } = await ask(
    `{ own: endpoint(endpointId: "own-1") { endpointService { serviceId ownership }
         connection { endpointId markerId endpoint { endpointId } endpointService { serviceId } } }
       atCluster: endpoint(endpointId: "own-2") { endpointService { serviceId ownership } connection { endpointId } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    own: {
      endpointService: { serviceId: 'svc', ownership: 'OWN' },
      connection: {
        endpointId: 'own-1',
        markerId: expect.stringMatching(/^\d+$/),
        endpoint: { endpointId: 'own-1' },
        endpointService: { serviceId: 'svc' },
      },
    },
    atCluster: {
      endpointService: { serviceId: '2f3a4b5c-6d7e-4f80-91a2-b3c4d5e6f708', ownership: 'VISIBLE' },
      connection: null,
    },
  });
});

test('services and connections of a list of endpoints are read once for each service', async () => {
  const world = emptyWorld();
  for (const id of ['svc-a', 'svc-b']) {
    const connections = Array.from({ length: 10 }, () => makeServiceConnection());
    const service = makeService({ id, connections });
    world.services.push(service);
    world.endpoints.push(...connections.map((connection) => makeEndpoint(connection, service)));
  }
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(
    '{ endpoints(first: 50) { nodes { endpointId connection { endpointId } endpointService { status } } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.endpoints.nodes).toHaveLength(20);
  for (const { endpointId, connection } of data.endpoints.nodes) expect(connection).toEqual({ endpointId });
  const lists = calls().map((call) => call.replace(/^GET \/v1\/[^/]+/, '').replace(/\?.*/, ''));
  expect(lists.toSorted()).toEqual([
    '/vpc-endpoint-services',
    '/vpc-endpoint-services/svc-a/connections',
    '/vpc-endpoint-services/svc-b/connections',
    '/vpc-endpoints',
  ]);
});

test('an endpoint whose service the cloud does not name has neither service nor connection', async () => {
  const { ask, sandbox, calls } = await gateway({ sandbox: { world: twoSides() } });
  sandbox.fault({ path: /own-1$/, mutate: ({ endpoint_service_id: _id, ...rest }) => rest });
  const { data, errors } = await ask(
    '{ endpoint(endpointId: "own-1") { endpointService { name } connection { status } } }',
  );
  expect(errors).toBeUndefined();
  expect(data.endpoint).toEqual({ endpointService: null, connection: null });
  expect(calls()).toHaveLength(1);
});
