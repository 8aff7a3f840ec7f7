import { expect, test } from 'vitest';
import { emptyWorld, makeService, makeServiceConnection, type World } from '../../src/sandbox/world.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCalls } from '../support/count-calls.ts';
import { gateway } from '../support/gateway.ts';

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
