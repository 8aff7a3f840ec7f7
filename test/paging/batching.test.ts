import { describe, expect, test } from 'vitest';
import { createWorld, SANDBOX, type World } from '../../src/sandbox/world.ts';
import { FAST_PATHS_OFF } from '../support/fast-paths.ts';
import { gateway } from '../support/gateway.ts';
import { createClustersWithServices } from '../support/clusters-with-services.ts';
import { countCallRounds } from '../support/call-rounds.ts';
import { countCalls } from '../support/count-calls.ts';

const CLUSTER = '5c77b71c-5b35-4f50-8984-76387e42451a';
const CONNECTIONS = `/v1.0/${SANDBOX.projectId}/clusters/${CLUSTER}/vpcepservice/connections`;

const ALL_OF_ONE_ANSWER = `id clusterId endpointAccess serviceName endpointUpdateSwitch
  connections { totalCount nodes { endpointId admittedBy { permission } cluster { clusterId } } }
  permissions { totalCount nodes { permission } }`;

// How many calls an operation makes does not depend on the fast paths.
describe.each([
  { paths: 'on', settings: {} },
  { paths: 'off', settings: FAST_PATHS_OFF },
])('fast paths $paths', ({ settings }) => {
  const started = (world?: World) => gateway({ settings, ...(world && { sandbox: { world } }) });

  test('connections, whitelist, service name and total of a cluster cost one call', async () => {
    const { ask, calls } = await started();
    const { data, errors } = await ask(`{ cluster(clusterId: "${CLUSTER}") { ${ALL_OF_ONE_ANSWER} } }`);
    expect(errors).toBeUndefined();
    expect(data.cluster.connections.totalCount).toBe(2);
    expect(calls()).toEqual([`GET ${CONNECTIONS}?offset=0&limit=21`]);
  });

  test('twenty aliases of a cluster cost what one costs', async () => {
    const { ask, calls } = await started();
    const aliases = Array.from(
      { length: 20 },
      (_, i) => `c${i}: cluster(clusterId: "${CLUSTER}") { ${ALL_OF_ONE_ANSWER} }`,
    );
    const { data, errors } = await ask(`{ ${aliases.join('\n')} }`);
    expect(errors).toBeUndefined();
    expect(data.c19).toEqual(data.c0);
    expect(calls()).toEqual([`GET ${CONNECTIONS}?offset=0&limit=21`]);
  });

  test('a total alone is read with one row', async () => {
    const { ask, calls } = await started();
    const { data } = await ask(
      `{ cluster(clusterId: "${CLUSTER}") { connections { totalCount } } clusters { totalCount } endpointServices { totalCount } }`,
    );
    expect(data.cluster.connections).toEqual({ totalCount: 2 });
    expect(calls().toSorted()).toEqual([
      `GET ${CONNECTIONS}?offset=0&limit=1`,
      `GET /v1.0/${SANDBOX.projectId}/clusters?start=1&offset=1&limit=1`,
      `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services?offset=0&limit=1`,
    ]);
  });

  test('fifty clusters with connections, whitelists and endpoint services cost 52 calls', async () => {
    const { ask, calls } = await started(createClustersWithServices(50));
    const { data, errors } = await ask(
      `{ clusters(first: 50) { nodes { name connections(first: 10) { totalCount nodes { endpointId } }
       permissions { nodes { permission } } endpointService { name status approvalRequired activeConnectionCount } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.clusters.nodes).toHaveLength(50);
    expect(data.clusters.nodes[7].endpointService).toMatchObject({
      status: 'AVAILABLE',
      activeConnectionCount: 12,
    });
    expect(countCalls(calls())).toEqual({
      'GET /clusters': 1,
      'GET /clusters/{id}/vpcepservice/connections': 50,
      'GET /vpc-endpoint-services': 1,
    });
  });

  test('details and connections of a cluster are read side by side', async () => {
    const { ask, sandbox, calls } = await started();
    sandbox.fault({ path: /clusters/, delayMs: 200 });
    const asked = ask(
      `{ cluster(clusterId: "${CLUSTER}") { name connections(first: 1) { nodes { endpointId } } } }`,
    );
    await expect.poll(() => sandbox.calls.length).toBe(2);
    expect(sandbox.calls.every(({ status }) => status === undefined)).toBe(true);
    expect((await asked).data.cluster).toEqual({
      name: 'logs-archive',
      connections: { nodes: [{ endpointId: '54b7f739-31a1-40d0-862b-ac85b83ab2da' }] },
    });
    expect(countCalls(calls())).toEqual({
      'GET /clusters/{id}': 1,
      'GET /clusters/{id}/vpcepservice/connections': 1,
    });
  });

  test('one cluster by id is read by its detail, several by one list call', async () => {
    const world = createWorld();
    const [a, b, c] = world.clusters.map(({ id }) => id);
    const { ask, calls } = await started(world);
    await ask(`{ cluster(clusterId: "${a}") { name } }`);
    expect(countCalls(calls())).toEqual({ 'GET /clusters/{id}': 1 });
    const { data } =
      await ask(`{ a: cluster(clusterId: "${a}") { clusterId name } b: cluster(clusterId: "${b}") { clusterId name }
    c: cluster(clusterId: "${c}") { clusterId name } }`);
    expect([data.a.clusterId, data.b.clusterId, data.c.clusterId]).toEqual([a, b, c]);
    expect(countCalls(calls())).toEqual({ 'GET /clusters': 1 });
  });

  test('clusters that are not in the list are asked for by themselves, so that their absence is told exactly', async () => {
    const { ask, calls } = await started();
    const { data, errors } = await ask(
      `{ a: cluster(clusterId: "${CLUSTER}") { name } gone: cluster(clusterId: "gone") { name } }`,
    );
    expect(data).toEqual({ a: { name: 'logs-archive' }, gone: null });
    expect(errors).toMatchObject([{ path: ['gone'], extensions: { code: 'NOT_FOUND' } }]);
    expect(calls().map((call) => call.replace(/^GET .*\/clusters/, ''))).toEqual([
      '?start=1&offset=1&limit=100',
      '/gone',
    ]);
  });

  test('fields that only the service knows are read once for all connections of a cluster', async () => {
    const { ask, calls } = await started(createClustersWithServices(1));
    const { data, errors } = await ask(
      '{ clusters { nodes { connections { nodes { endpointId markerId description failures { code } } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(
      data.clusters.nodes[0].connections.nodes.every(({ markerId }: { markerId: string }) =>
        /^\d+$/.test(markerId),
      ),
    ).toBe(true);
    expect(countCalls(calls())).toEqual({
      'GET /clusters': 1,
      'GET /clusters/{id}/vpcepservice/connections': 1,
      'GET /vpc-endpoint-services/{id}': 1,
      'GET /vpc-endpoint-services/{id}/connections': 1,
    });
  });

  test('fields that only the endpoint knows are read once for all connections of a service', async () => {
    const { ask, calls, sandbox } = await started();
    const service = sandbox.world.services.find(({ connections }) => connections.length > 5)!;
    const { errors } = await ask(
      `{ endpointService(by: { id: "${service.id}" }) { connections(first: 5) { nodes { ipv4 specification admittedBy { kind } } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(countCalls(calls())).toEqual({
      'GET /vpc-endpoint-services/{id}/connections': 1,
      'GET /vpc-endpoint-services/{id}/permissions': 1,
      'GET /vpc-endpoints': 1,
    });
  });

  test('one failing call nulls its own field, and leaves the others', async () => {
    const world = createClustersWithServices(3);
    const { ask, sandbox } = await started(world);
    sandbox.fault({
      path: new RegExp(`${world.clusters[1]!.id}/vpcepservice`),
      respond: { status: 403, body: { errCode: 'CSS.0010', externalMessage: 'no' } },
    });
    const { data, errors } = await ask(
      '{ clusters { nodes { name clusterId connections { totalCount } } } }',
    );
    const failed = data.clusters.nodes.findIndex(
      ({ clusterId }: { clusterId: string }) => clusterId === world.clusters[1]!.id,
    );
    expect(
      data.clusters.nodes.filter(({ connections }: { connections: object }) => connections),
    ).toHaveLength(2);
    expect(errors).toMatchObject([
      {
        path: ['clusters', 'nodes', failed, 'connections'],
        extensions: { code: 'FORBIDDEN', upstream: { errorCode: 'CSS.0010' } },
      },
    ]);
  });

  test('an unknown cluster is null with one error at its own path', async () => {
    const { ask } = await started();
    const { data, errors } = await ask(
      '{ cluster(clusterId: "nowhere") { name connections { totalCount } } }',
    );
    expect(data).toEqual({ cluster: null });
    expect(errors).toMatchObject([
      {
        path: ['cluster'],
        extensions: { code: 'NOT_FOUND', upstream: { service: 'css', errorCode: 'CSS.0015' } },
      },
    ]);
  });

  const measured = async (query: string) => {
    const { ask, sandbox, calls } = await started(createClustersWithServices(5));
    const [first] = sandbox.world.clusters;
    const steps = await countCallRounds(sandbox, async () => {
      expect((await ask(query.replace('CLUSTER', first!.id))).errors).toBeUndefined();
    });
    return { steps, calls: countCalls(calls()) };
  };

  test('a cluster and its connections are read side by side', async () => {
    const { steps } = await measured(
      '{ cluster(clusterId: "CLUSTER") { name status connections(first: 10) { nodes { endpointId } } } }',
    );
    expect(steps).toEqual([2]);
  });

  test('clusters with all that is joined to them take two steps: the services are listed beside the connections', async () => {
    const { steps, calls } = await measured(
      '{ clusters { nodes { name connections { nodes { endpointId } } endpointService { name status } } } }',
    );
    expect(steps).toEqual([1, 6]);
    expect(calls).toEqual({
      'GET /clusters': 1,
      'GET /clusters/{id}/vpcepservice/connections': 5,
      'GET /vpc-endpoint-services': 1,
    });
  });
});
