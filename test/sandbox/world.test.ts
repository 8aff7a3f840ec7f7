import { describe, expect, test } from 'vitest';
import { createWorld, emptyWorld, SANDBOX, type Cluster, type World } from '../../src/sandbox/world.ts';
import { cssPath, must, openSandbox, v1 } from './open-sandbox.ts';

const serviceIdOf = (cluster: Cluster): string => cluster.vpcServiceName?.split('.').at(-1) ?? '';

const cluster = (world: World, name: string) => must(world.clusters.find((row) => row.name === name));

describe('the world of an unconfigured start', () => {
  test('is the same every time, and a copy of its own', () => {
    const [one, two] = [createWorld(), createWorld()];
    expect(one).toEqual(two);
    cluster(one, 'orders-search').connections.length = 0;
    expect(cluster(two, 'orders-search').connections).toHaveLength(12);
  });

  test('has no id twice', () => {
    const world = createWorld();
    const ids = [
      ...world.clusters.map(({ id }) => id),
      ...world.services.map(({ id }) => id),
      ...world.visibleServices.map(({ id }) => id),
      ...new Set([...world.clusters, ...world.services].flatMap(({ connections }) => connections))
        .values()
        .map(({ id }) => id),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });

  test('spreads its times over 2021 to 2026, none before its creation and none in the future', () => {
    const rows = createWorld().clusters.flatMap(({ connections }) => connections);
    const times = rows.map(({ created_at: created }) => created);
    expect(times.toSorted().at(0)).toMatch(/^2021/);
    expect(times.toSorted().at(-1)).toMatch(/^2026/);
    expect(rows.filter((row) => row.updated_at !== null && row.updated_at < row.created_at)).toEqual([]);
    expect(createWorld().clusters.filter((row) => row.updated < row.created)).toEqual([]);
  });

  test.each([
    {
      name: 'orders-search',
      facts: { generation: 'current', connections: { length: 12 }, permissions: { length: 3 } },
    },
    { name: 'clickstream', facts: { generation: 'current', connections: { length: 40 } } },
    { name: 'telemetry-fleet', facts: { connections: { length: 2500 } } },
    { name: 'legacy-catalog', facts: { generation: 'oldest' } },
    { name: 'audit-trail', facts: { generation: 'middle', paging: 'start', connections: { length: 25 } } },
    { name: 'public-docs', facts: { generation: 'middle', permissions: [{ permission: '*' }] } },
    {
      name: 'org-knowledge',
      facts: { permissions: [{ permission_type: 'orgPath' }, { permission_type: 'domainId' }] },
    },
    { name: 'metrics-live', facts: { endpointAccess: false, status: '200' } },
    {
      name: 'ingest-pipeline',
      facts: {
        status: '100',
        actions: ['GROWING'],
        datastore: { type: 'logstash' },
        instances: [{ type: 'lgs' }],
      },
    },
    { name: 'reports-staging', facts: { status: '303', failedReason: { errorCode: 'CSS.6000' } } },
  ])('has the cluster $name', ({ name, facts }) => {
    expect(cluster(createWorld(), name)).toMatchObject(facts);
  });

  test('has orders-search connected in every lasting state, without a wildcard', () => {
    const { connections, permissions } = cluster(createWorld(), 'orders-search');
    expect(new Set(connections.map(({ status }) => status))).toEqual(
      new Set(['accepted', 'pendingAcceptance', 'rejected', 'failed']),
    );
    const errors = connections.flatMap(({ error }) => error ?? []);
    expect(errors.map((item) => Object.keys(item).join())).toEqual([
      'error_code,error_message',
      'code,message',
    ]);
    expect(permissions.map(({ permission }) => permission)).not.toContain('*');
  });

  test('has a packet id that no double can hold', () => {
    const markers = createWorld().services.flatMap(({ connections }) =>
      connections.map((row) => row.marker_id),
    );
    expect(markers).toContain('422321312321321321');
    expect(Number.isSafeInteger(Number('422321312321321321'))).toBe(false);
    expect(markers.filter((marker) => !/^\d+$/.test(marker))).toEqual([]);
  });

  test('lets every service behind a cluster be described, and only the own ones be read', async () => {
    const { cloud, get } = await openSandbox();
    for (const row of cloud.world.clusters.filter(({ endpointAccess }) => endpointAccess)) {
      const id = serviceIdOf(row);
      const described = await get(v1(`/vpc-endpoint-services/describe?id=${id}`));
      expect(described.body).toMatchObject({ id, service_name: row.vpcServiceName });
      const isOwn = ['orders-search', 'org-knowledge'].includes(row.name);
      expect((await get(v1(`/vpc-endpoint-services/${id}`))).status).toBe(isOwn ? 200 : 404);
    }
  });

  test('shows some connections of a cluster as own endpoints, with the same facts, and others not', async () => {
    const { get } = await openSandbox();
    const row = '54b7f739-31a1-40d0-862b-ac85b83ab2da';
    const id = '5c77b71c-5b35-4f50-8984-76387e42451a';
    const { connections } = (await get(cssPath(`/${id}/vpcepservice/connections`))).body;
    expect((await get(v1(`/vpc-endpoints/${row}`))).body).toMatchObject({
      status: connections[0].status,
      ip: connections[0].vpcepIp,
      created_at: connections[0].created_at,
      marker_id: 322312312312,
      project_id: SANDBOX.projectId,
    });
    expect((await get(v1(`/vpc-endpoints/${connections[1].id}`))).status).toBe(404);
  });
});

test('an empty world has nothing but the workspace of the credentials', async () => {
  const { get } = await openSandbox({ world: emptyWorld() });
  expect((await get(cssPath(''))).body).toEqual({ totalSize: 0, clusters: [] });
  expect((await get(v1('/vpc-endpoint-services'))).body).toEqual({ endpoint_services: [], total_count: 0 });
  expect((await get(v1('/vpc-endpoints'))).body).toEqual({ endpoints: [], total_count: 0 });
  expect((await get(v1('/connections'))).body).toEqual({ count: 0, page_data: [] });
});

test('rows can come and go between two pages', async () => {
  const { cloud, get } = await openSandbox();
  const { id, connections } = cluster(cloud.world, 'clickstream');
  const page = async (offset: number) =>
    (await get(cssPath(`/${id}/vpcepservice/connections?limit=1&offset=${offset}`))).body.connections[0].id;
  const [first, second] = [await page(0), await page(1)];
  connections.shift();
  expect(await page(0)).toBe(second);
  expect(await page(0)).not.toBe(first);
});
