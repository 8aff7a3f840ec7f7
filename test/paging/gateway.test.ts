import { describe, expect, test } from 'vitest';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../support/gateway.ts';

type Cluster = World['clusters'][number];
type Service = World['services'][number];

const PAGE = 'totalCount truncatedAt pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

const clusterNamed = ({ sandbox }: TestGateway, name: string): Cluster =>
  sandbox.world.clusters.find((cluster) => cluster.name === name)!;

const serviceWith = ({ sandbox }: TestGateway, holds: (service: Service) => boolean): Service =>
  sandbox.world.services.find(holds)!;

/** Questions about the connections of a cluster, and the calls that each cost: only their queries. */
const connectionsOf =
  (cloud: TestGateway, clusterId: string) =>
  async (args: string, filter = '') => {
    const { data, errors } = await cloud.ask(
      `{ cluster(clusterId: "${clusterId}") { connections(${args}${filter}) { ${PAGE} nodes { endpointId } } } }`,
    );
    const path = `GET /v1.0/${SANDBOX.projectId}/clusters/${clusterId}/vpcepservice/connections?`;
    const calls = cloud.calls().map((call) => call.replace(path, ''));
    const page = data.cluster.connections;
    const ids: string[] = page?.nodes.map(({ endpointId }: { endpointId: string }) => endpointId);
    return { ids, ...page, ...page?.pageInfo, code: errors?.[0]?.extensions.code, calls };
  };

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe('a cluster with 2,500 connections', () => {
  test('can be walked as far as the cloud lets anyone, with the fewest calls', async () => {
    const cloud = await gateway();
    const { id, connections } = clusterNamed(cloud, 'telemetry-fleet');
    const ask = connectionsOf(cloud, id);

    const first = await ask('first: 1000');
    expect(first).toMatchObject({ totalCount: 2500, truncatedAt: 2000, hasNextPage: true });
    expect(first.calls).toEqual(['offset=0&limit=1000']);

    const second = await ask(`first: 999, after: "${first.endCursor}"`);
    expect(second.calls).toEqual(['offset=999&limit=1000']);

    const third = await ask(`first: 20, after: "${second.endCursor}"`);
    expect(third).toMatchObject({ hasNextPage: false, truncatedAt: 2000 });
    expect(third.calls).toEqual(['offset=1000&limit=1000']);
    expect([first, second, third].flatMap(({ ids }) => ids)).toEqual(idsOf(connections.slice(0, 2000)));

    const beyond = await ask(`first: 20, after: "${third.endCursor}"`);
    expect(beyond).toMatchObject({ ids: [], hasNextPage: false, truncatedAt: 2000 });
    expect(beyond.calls).toEqual(['offset=1000&limit=1000']);
  });

  test('cannot be read from its end, and is filtered as far as it can be read', async () => {
    const cloud = await gateway();
    const { id, connections } = clusterNamed(cloud, 'telemetry-fleet');
    const ask = connectionsOf(cloud, id);
    expect(await ask('last: 5')).toMatchObject({ code: 'RESULT_TRUNCATED', calls: ['offset=0&limit=1000'] });
    const calls = ['offset=0&limit=1000', 'offset=1000&limit=1000'];
    const accepted = connections.filter(({ status }) => status === 'accepted');
    expect(await ask('first: 5', ', filter: { status: [ACCEPTED] }')).toMatchObject({
      ids: idsOf(accepted.slice(0, 5)),
      totalCount: null,
      truncatedAt: 2000,
      hasNextPage: true,
      calls,
    });
    const [first, unread] = [connections[0]!.id, connections[2000]!.id];
    const named = (endpointId: string) => ask('first: 5', `, filter: { endpointId: "${endpointId}" }`);
    expect(await named(first)).toMatchObject({ ids: [first], totalCount: 1, truncatedAt: null, calls });
    expect(await named(unread)).toMatchObject({ ids: [], totalCount: null, truncatedAt: 2000, calls });
  });

  test('shows every connection that stayed while others came and went between the pages', async () => {
    const cloud = await gateway();
    const { id, connections } = clusterNamed(cloud, 'telemetry-fleet');
    const ask = connectionsOf(cloud, id);
    const first = await ask('first: 100');
    const [gone] = connections.splice(99, 1);
    connections.splice(0, 1);
    expect(first.ids.at(-1)).toBe(gone!.id);
    const second = await ask(`first: 5, after: "${first.endCursor}"`);
    expect(second.ids).toEqual(idsOf(connections.slice(98, 103)));
    expect(second.calls).toEqual(['offset=99&limit=7', 'offset=0&limit=1000', 'offset=1000&limit=1000']);
  });
});

test('the oldest generation, which knows no pages, costs one call for any page', async () => {
  const cloud = await gateway();
  const { id, connections } = clusterNamed(cloud, 'legacy-catalog');
  const ask = connectionsOf(cloud, id);
  const first = await ask('first: 6');
  const second = await ask(`first: 6, after: "${first.endCursor}"`);
  const last = await ask('last: 3');
  expect(first).toMatchObject({ totalCount: 15, hasNextPage: true, calls: ['offset=0&limit=7'] });
  expect(second).toMatchObject({ hasNextPage: true, calls: ['offset=5&limit=8'] });
  expect(last).toMatchObject({ hasNextPage: false, calls: ['offset=0&limit=1000'] });
  expect([...first.ids, ...second.ids, ...last.ids]).toEqual(idsOf(connections));
});

test('a cluster that counts from `start` takes no notice of the offset, which the row of the cursor gives away', async () => {
  const cloud = await gateway();
  const { id, connections } = clusterNamed(cloud, 'audit-trail');
  const ask = connectionsOf(cloud, id);
  const first = await ask('first: 10');
  const second = await ask(`first: 10, after: "${first.endCursor}"`);
  expect(first.calls).toEqual(['offset=0&limit=11']);
  expect(second).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  expect(second.calls).toEqual(['offset=9&limit=12', 'offset=0&limit=1000']);
  expect([...first.ids, ...second.ids]).toEqual(idsOf(connections.slice(0, 20)));
});

/** One page of a service's list, and the calls that this list cost: only their queries. */
const askService = async (cloud: TestGateway, { id }: Service, list: string, args: string, node: string) => {
  const { data } = await cloud.ask(
    `{ endpointService(by: { id: "${id}" }) { list: ${list}(${args}) { ${PAGE} nodes { ${node} } } } }`,
  );
  const nodes: string[] = data.endpointService.list.nodes.map((one: Record<string, string>) => one[node]);
  const path = `/vpc-endpoint-services/${id}/${list}?`;
  const calls = cloud.calls().filter((call) => call.includes(path));
  return { ...data.endpointService.list, nodes, calls: calls.map((call) => call.replace(/.*\?/, '')) };
};

describe('an endpoint service', () => {
  test('with 1,200 connections is filtered by the gateway with two calls, side by side', async () => {
    const cloud = await gateway();
    const service = serviceWith(cloud, ({ connections }) => connections.length === 1200);
    const domainId = service.connections.at(-1)!.domain_id;
    const wanted = service.connections.filter((row) => row.domain_id === domainId);
    const args = `first: 1000, filter: { domainId: "${domainId}" }`;
    const { calls, nodes, totalCount } = await askService(cloud, service, 'connections', args, 'endpointId');
    expect(totalCount).toBe(wanted.length);
    expect(nodes.toSorted()).toEqual(idsOf(wanted).toSorted());
    expect(calls).toEqual(['offset=0&limit=1000', 'offset=1000&limit=200']);
  });

  test('with 620 whitelist records gives them in pages of 500, the last ones with two calls', async () => {
    const cloud = await gateway();
    const service = serviceWith(cloud, ({ permissions }) => permissions.length === 620);
    const all = await askService(cloud, service, 'permissions', 'first: 1000', 'permission');
    expect(all).toMatchObject({ totalCount: 620, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    expect(all.calls).toEqual(['offset=0&limit=500', 'offset=500&limit=120']);
    expect(new Set(all.nodes)).toHaveLength(620);
    const last = await askService(cloud, service, 'permissions', 'last: 1000', 'permission');
    expect(last.nodes).toEqual(all.nodes);
    expect(last.calls).toEqual(['offset=0&limit=500', 'offset=500&limit=120']);
  });
});
