import { describe, expect, test } from 'vitest';
import { emptyWorld, makeCluster, makeClusterConnection, makePermission } from '../../src/sandbox/world.ts';
import { cssPath, must, openSandbox } from './open-sandbox.ts';

const DETAIL_ONLY = ['vpcepIp', 'vpcepIpv6Address', 'supportVpcep', 'orderId', 'snapshotPolicy'];

const fiveClusters = () => {
  const world = emptyWorld();
  for (const day of [3, 1, 5, 2, 4])
    world.clusters.push(
      makeCluster({
        name: `day-${day}`,
        created: `2024-01-0${day}T00:00:00`,
        datastore: {
          type: day > 3 ? 'opensearch' : 'elasticsearch',
          version: '1',
          supportSecuritymode: false,
        },
      }),
    );
  return world;
};

describe('the list of clusters', () => {
  test.each([
    { query: '', names: ['day-5', 'day-4', 'day-3', 'day-2', 'day-1'] },
    { query: '?limit=2', names: ['day-5', 'day-4'] },
    { query: '?start=3&limit=2', names: ['day-3', 'day-2'] },
    { query: '?offset=3&limit=2', names: ['day-3', 'day-2'] },
    { query: '?start=5&offset=5', names: ['day-1'] },
    { query: '?start=6', names: [] },
    { query: '?something=else', names: ['day-5', 'day-4', 'day-3', 'day-2', 'day-1'] },
  ])('is newest first and counted from 1: "$query" gives $names', async ({ query, names }) => {
    const { get } = await openSandbox({ world: fiveClusters() });
    const { body } = await get(cssPath(query));
    expect(body.totalSize).toBe(5);
    expect(body.clusters.map((cluster: { name: string }) => cluster.name)).toEqual(names);
  });

  test('can be narrowed to one engine, and counts what is left', async () => {
    const { get } = await openSandbox({ world: fiveClusters() });
    const { body } = await get(cssPath('?datastoreType=opensearch&limit=1'));
    expect(body).toMatchObject({ totalSize: 2, clusters: [{ name: 'day-5' }] });
  });

  test('shows ten unless told otherwise', async () => {
    const { get } = await openSandbox();
    const { body } = await get(cssPath(''));
    expect(body.clusters).toHaveLength(10);
    expect(body.totalSize).toBe(11);
  });

  test('leaves out what only the detail sends, and writes times without a zone', async () => {
    const { get } = await openSandbox({ world: fiveClusters() });
    const row = (await get(cssPath('?limit=1'))).body.clusters[0];
    const detail = (await get(cssPath(`/${row.id}`))).body;
    expect(Object.keys(detail).filter((key) => !(key in row))).toEqual(DETAIL_ONLY);
    expect(detail).toMatchObject(row);
    expect(row.created).toBe('2024-01-05T00:00:00');
  });

  test('passes the ceiling of 1000 only where it is not kept', async () => {
    const strict = await openSandbox({ world: emptyWorld() });
    expect(await strict.get(cssPath('?start=1001'))).toMatchObject({
      status: 400,
      body: { errCode: 'CSS.0001' },
    });
    const lenient = await openSandbox({ world: emptyWorld(), strictCeiling: false });
    expect((await lenient.get(cssPath('?start=1001'))).body).toEqual({ totalSize: 0, clusters: [] });
  });
});

test('an unknown cluster is answered with 403 CSS.0015', async () => {
  const { get } = await openSandbox();
  expect(await get(cssPath('/2d1e0c5a-0000-4000-8000-000000000000'))).toMatchObject({
    status: 403,
    body: { errCode: 'CSS.0015', externalMessage: expect.stringMatching(/^CSS\.0015 : /) },
  });
});

describe('wrong parameters are refused with 400 CSS.0001', () => {
  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=',
    '?limit=ten',
    '?limit=1.5',
    '?limit=-1',
    '?limit=%2B5',
    '?limit=1&limit=1',
    '?start=0',
    '?offset=0',
    '?start=1&offset=2',
    '?datastoreType=Elasticsearch',
    '?datastoreType=',
    `/${'x'.repeat(65)}`,
  ])('%s', async (rest) => {
    const { get } = await openSandbox({ world: emptyWorld() });
    const reply = await get(cssPath(rest));
    expect(reply).toMatchObject({ status: 400, body: { errCode: 'CSS.0001' } });
    expect(reply.body.externalMessage).toMatch(/^CSS\.0001 : Incorrect parameters\. \(.+\)$/);
    expect(Object.keys(reply.body)).toEqual(['errCode', 'externalMessage']);
  });

  test.each(['offset=-1', 'offset=1001', 'offset=', 'limit=0', 'limit=1001', 'offset=0&offset=0'])(
    'connections?%s',
    async (query) => {
      const world = { ...emptyWorld(), clusters: [makeCluster({ id: 'c1' })] };
      const { get } = await openSandbox({ world });
      const reply = await get(cssPath(`/c1/vpcepservice/connections?${query}`));
      expect(reply).toMatchObject({ status: 400, body: { errCode: 'CSS.0001' } });
    },
  );
});

const oneCluster = (partial: Parameters<typeof makeCluster>[0], count = 12) => {
  const connections = Array.from({ length: count }, (_none, index) =>
    makeClusterConnection({ id: `e${index}`, updated_at: index === 1 ? '2024-06-12T00:00:00Z' : null }),
  );
  const world = emptyWorld();
  world.clusters.push(
    makeCluster({ id: 'c1', connections, permissions: [makePermission({ id: 'p1' })], ...partial }),
  );
  return world;
};

const idsOf = (body: { connections: { id: string }[] }) => body.connections.map(({ id }) => id).join(' ');

describe('the connections of a cluster', () => {
  test.each([
    { query: '', ids: 'e0 e1 e2 e3 e4 e5 e6 e7 e8 e9' },
    { query: '?offset=0&limit=2', ids: 'e0 e1' },
    { query: '?offset=10&limit=5', ids: 'e10 e11' },
    { query: '?offset=12', ids: '' },
    { query: '?offset=1&start=9&limit=1', ids: 'e1' },
  ])('are counted from 0: "$query" gives "$ids"', async ({ query, ids }) => {
    const { get } = await openSandbox({ world: oneCluster({}) });
    const { body } = await get(cssPath(`/c1/vpcepservice/connections${query}`));
    expect(idsOf(body)).toBe(ids);
    expect(body).toMatchObject({ total_count: 12, permissions: [{ id: 'p1' }] });
  });

  test('answer exactly the example of the vendor for logs-archive', async () => {
    const { get } = await openSandbox();
    const { body } = await get(cssPath('/5c77b71c-5b35-4f50-8984-76387e42451a/vpcepservice/connections'));
    expect(body).toEqual({
      connections: [
        {
          id: '54b7f739-31a1-40d0-862b-ac85b83ab2da',
          status: 'accepted',
          maxSession: '3000',
          specificationName: 'default',
          vpcepIp: '192.168.0.122',
          created_at: '2024-06-11T09:36:24Z',
          domain_id: 'db9b76a0d9ae431f8e85e89da2ca867c',
        },
        {
          id: 'e88ad0bc-c2c7-419c-bd9b-a961111f0a42',
          status: 'accepted',
          maxSession: '3000',
          specificationName: 'default',
          vpcepIp: '192.168.0.133',
          created_at: '2023-10-12T07:33:16Z',
          domain_id: 'db9b76a0d9ae431f8e85e89da2ca867c',
        },
      ],
      vpcepUpdateSwitch: false,
      total_count: 2,
      vpcServiceName: 'cn-north-4.css-op-no-delete.cf072729-b076-49db-83d3-020dc9f589bd',
      permissions: [
        {
          id: '432a6429-f377-4168-8b24-feb5885af08c',
          permission: 'iam:domain::db9b76a0d9ae431f8e85e89da2ca867c',
          permission_type: 'domainId',
          created_at: '2023-10-12T07:33:11Z',
        },
      ],
    });
  });

  test('of a cluster without endpoint access are refused with 400 CSS.5182', async () => {
    const { get } = await openSandbox({ world: oneCluster({ endpointAccess: false }) });
    const reply = await get(cssPath('/c1/vpcepservice/connections'));
    expect(reply).toMatchObject({ status: 400, body: { errCode: 'CSS.5182' } });
  });

  test('end at position 1000 with the ceiling, and go on without it', async () => {
    const { cloud, get } = await openSandbox();
    const id = must(cloud.world.clusters.find(({ name }) => name === 'telemetry-fleet')).id;
    const path = (offset: number) => cssPath(`/${id}/vpcepservice/connections?offset=${offset}&limit=1000`);
    expect((await get(path(1000))).body).toMatchObject({ total_count: 2500, connections: { length: 1000 } });
    expect((await get(path(1001))).status).toBe(400);
    const lenient = await openSandbox({ strictCeiling: false });
    expect((await lenient.get(path(2000))).body.connections).toHaveLength(500);
  });
});

describe('the connections answer of a generation', () => {
  const rowKeys = ['id', 'status', 'maxSession', 'specificationName', 'created_at'];

  test('"middle" has the service name and the whitelist, and no addresses', async () => {
    const { get } = await openSandbox({ world: oneCluster({ generation: 'middle' }) });
    const { body } = await get(cssPath('/c1/vpcepservice/connections?offset=1&limit=1'));
    expect(Object.keys(body.connections[0])).toEqual([...rowKeys, 'update_at', 'domain_id']);
    expect(body).toMatchObject({
      vpcepUpdateSwitch: false,
      vpcServiceName: expect.any(String),
      permissions: [{}],
    });
  });

  test('"oldest" sends the whole list and nothing but rows, a switch in words and a total', async () => {
    const { get } = await openSandbox({ world: oneCluster({ generation: 'oldest' }) });
    const { body } = await get(cssPath('/c1/vpcepservice/connections?offset=5&limit=1&start=x'));
    expect(Object.keys(body)).toEqual(['connections', 'vpcepUpdateSwitch', 'total_count']);
    expect(body.vpcepUpdateSwitch).toBe('false');
    expect(body.connections).toHaveLength(12);
    expect(Object.keys(body.connections[1])).toEqual([...rowKeys, 'update_at', 'domain_id']);
    expect(body.connections[1].update_at).toBeNull();
  });

  test('that pages by "start" counts from 1 and does not know offset', async () => {
    const { get } = await openSandbox({ world: oneCluster({ generation: 'middle', paging: 'start' }) });
    const page = async (query: string) =>
      idsOf((await get(cssPath(`/c1/vpcepservice/connections?${query}`))).body);
    expect(await page('start=11&limit=5')).toBe('e10 e11');
    expect(await page('offset=11&limit=2')).toBe('e0 e1');
    expect((await get(cssPath('/c1/vpcepservice/connections?start=0'))).status).toBe(400);
  });
});
