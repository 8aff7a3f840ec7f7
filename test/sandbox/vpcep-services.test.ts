import { describe, expect, test } from 'vitest';
import {
  emptyWorld,
  makeService,
  makeServiceConnection,
  makeVisibleService,
  type World,
} from '../../src/sandbox/world.ts';
import { must, openSandbox, stopClock, v1 } from './open-sandbox.ts';

const path = (rest = '') => v1(`/vpc-endpoint-services${rest}`);

const CREATE = {
  port_id: '4189d3c2-8882-4871-a3c2-d380272eed88',
  vpc_id: '4189d3c2-8882-4871-a3c2-d380272eed80',
  server_type: 'VM',
  ports: [{ client_port: 8080, server_port: 90, protocol: 'TCP' }],
};

/** Alpha was made last and changed first. */
const threeServices = (): World => {
  const world = emptyWorld();
  world.services.push(
    makeService({
      id: 'b',
      service_name: 'cn-north-4.Beta.b',
      created_at: '2024-02-01T00:00:00Z',
      updated_at: '2024-09-02T00:00:00Z',
      status: 'failed',
      error: [{ code: '1', message: 'no' }],
    }),
    makeService({
      id: 'a',
      service_name: 'cn-north-4.Alpha.a',
      created_at: '2024-03-01T00:00:00Z',
      updated_at: '2024-09-01T00:00:00Z',
      connections: ['accepted', 'creating', 'rejected', 'pendingAcceptance'].map((status) =>
        makeServiceConnection({ status }),
      ),
    }),
    makeService({
      id: 'c',
      service_name: 'cn-north-4.c',
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-09-03T00:00:00Z',
      public_border_group: 'edge-1',
    }),
  );
  world.visibleServices.push(
    makeVisibleService({ id: 'v', service_name: 'cn-north-4.dns.v', public: true, refusal: 'EndPoint.0004' }),
    makeVisibleService({ id: 'h', service_name: 'cn-north-4.hidden.h' }),
  );
  return world;
};

describe('the list of services', () => {
  test.each([
    { query: '', ids: 'abc', total: 3 },
    { query: '?limit=1', ids: 'a', total: 3 },
    { query: '?limit=1&offset=1', ids: 'b', total: 3 },
    { query: '?limit=9&offset=2', ids: 'c', total: 3 },
    { query: '?sort_dir=asc', ids: 'cba', total: 3 },
    { query: '?sort_key=create_at&sort_dir=desc', ids: 'abc', total: 3 },
    { query: '?sort_key=update_at', ids: 'cba', total: 3 },
    { query: '?sort_key=update_at&sort_dir=asc', ids: 'abc', total: 3 },
    { query: '?endpoint_service_name=bET', ids: 'b', total: 1 },
    { query: '?endpoint_service_name=north&limit=2', ids: 'ab', total: 3 },
    { query: '?id=c', ids: 'c', total: 1 },
    { query: '?id=v', ids: '', total: 0 },
    { query: '?status=available', ids: 'ac', total: 2 },
    { query: '?public_border_group=edge-1', ids: 'c', total: 1 },
    { query: '?net_type=all&unknown=1', ids: 'abc', total: 3 },
  ])('"$query" gives "$ids" of $total', async ({ query, ids, total }) => {
    const { get } = await openSandbox({ world: threeServices() });
    const { body } = await get(path(query));
    expect(body.endpoint_services.map(({ id }: { id: string }) => id).join('')).toBe(ids);
    expect(body.total_count).toBe(total);
  });

  test('alone tells the owner and how many endpoints are creating or accepted; the detail alone the address range', async () => {
    const { get } = await openSandbox({ world: threeServices() });
    const row = (await get(path('?id=a'))).body.endpoint_services[0];
    const detail = (await get(path('/a'))).body;
    expect(row).toMatchObject({ connection_count: 2, domain_id: 'db9b76a0d9ae431f8e85e89da2ca867c' });
    expect(Object.keys(row).filter((key) => !(key in detail))).toEqual(['domain_id', 'connection_count']);
    expect(Object.keys(detail).filter((key) => !(key in row))).toEqual(['cidr_type']);
  });

  test('tells why a service failed, and nothing where none did', async () => {
    const { get } = await openSandbox({ world: threeServices() });
    expect((await get(path('/b'))).body.error).toEqual([{ code: '1', message: 'no' }]);
    expect((await get(path('/a'))).body).not.toHaveProperty('error');
    expect((await get(path('/c'))).body.public_border_group).toBe('edge-1');
    expect((await get(path('/a'))).body).not.toHaveProperty('public_border_group');
  });

  test('sorts by created_at where the world spells it so', async () => {
    const { get } = await openSandbox({ world: { ...threeServices(), sortKeySpelling: 'created_at' } });
    expect((await get(path('?sort_key=updated_at&limit=1'))).body.endpoint_services).toMatchObject([
      { id: 'c' },
    ]);
    expect((await get(path('?sort_key=create_at'))).body.error_code).toBe('EndPoint.0017');
  });
});

test.each([
  { query: '?limit=0', code: 'EndPoint.0006' },
  { query: '?limit=1001', code: 'EndPoint.0006' },
  { query: '?limit=', code: 'EndPoint.0006' },
  { query: '?limit=1e2', code: 'EndPoint.0006' },
  { query: '?limit=1&limit=1', code: 'EndPoint.0006' },
  { query: '?offset=-1', code: 'EndPoint.0010' },
  { query: '?offset=x', code: 'EndPoint.0010' },
  { query: '?sort_key=created_at', code: 'EndPoint.0017' },
  { query: '?sort_key=', code: 'EndPoint.0017' },
  { query: '?sort_dir=DESC', code: 'EndPoint.0018' },
  { query: '?status=accepted', code: 'EndPoint.0019' },
  { query: '?id=', code: 'EndPoint.0002' },
  { query: `?id=${'x'.repeat(65)}`, code: 'EndPoint.0002' },
  { query: '?endpoint_service_name=', code: 'EndPoint.0002' },
  { query: `?endpoint_service_name=${'x'.repeat(129)}`, code: 'EndPoint.0002' },
  { query: '?endpoint_service_name=%zz', code: 'EndPoint.0002' },
  { query: '?net_type=fibre', code: 'EndPoint.0002' },
  { query: `/${'x'.repeat(65)}`, code: 'EndPoint.0002' },
  { query: '/describe', code: 'EndPoint.0002' },
  { query: '/describe?id=a&endpoint_service_name=cn-north-4.Alpha.a', code: 'EndPoint.0002' },
  { query: '/public?limit=1001', code: 'EndPoint.0006' },
])('GET $query is refused with 400 $code', async ({ query, code }) => {
  const { get } = await openSandbox({ world: threeServices() });
  const reply = await get(path(query));
  expect(reply.status).toBe(400);
  expect(reply.body).toEqual({ error_code: code, error_msg: expect.stringMatching(/\w/) });
});

describe('services of other accounts', () => {
  test.each(['a', 'v', 'h'])('can be described by id, own or not: %s', async (id) => {
    const { get } = await openSandbox({ world: threeServices() });
    const { body } = await get(path(`/describe?id=${id}`));
    expect(body).toMatchObject({ id, is_charge: 'true', service_type: 'interface', enable_policy: false });
  });

  test('can be described by their whole name, in exactly this case', async () => {
    const { get } = await openSandbox({ world: threeServices() });
    expect((await get(path('/describe?endpoint_service_name=cn-north-4.hidden.h'))).body.id).toBe('h');
    expect((await get(path('/describe?endpoint_service_name=hidden'))).status).toBe(404);
    expect((await get(path('/describe?endpoint_service_name=cn-north-4.Hidden.h'))).status).toBe(404);
    expect((await get(path('/describe?id=nobody'))).body.error_code).toBe('EndPoint.0005');
  });

  test.each(['', '/connections', '/permissions'])(
    'keep their inside to themselves: GET /{id}%s',
    async (rest) => {
      const { get } = await openSandbox({ world: threeServices() });
      expect(await get(path(`/v${rest}`))).toMatchObject({
        status: 403,
        body: { error_code: 'EndPoint.0004' },
      });
      expect(await get(path(`/h${rest}`))).toMatchObject({
        status: 404,
        body: { error_code: 'EndPoint.0005' },
      });
      expect(await get(path(`/nobody${rest}`))).toMatchObject({
        status: 404,
        body: { error_code: 'EndPoint.0005' },
      });
    },
  );

  test('are listed as public where they are', async () => {
    const { get } = await openSandbox();
    const { body } = await get(path('/public?endpoint_service_name=.DNS'));
    expect(body).toMatchObject({ total_count: 1, endpoint_services: [{ owner: 'dns', is_charge: 'true' }] });
    const all = (await get(path('/public?limit=2'))).body;
    expect(all).toMatchObject({ total_count: 3, endpoint_services: { length: 2 } });
    expect(all.endpoint_services[0]).not.toHaveProperty('public_border_group');
  });
});

describe('creating a service', () => {
  test('starts in creating, asks for approval by default, and becomes available', async () => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: emptyWorld() });
    const { status, body } = await post(path(), { ...CREATE, service_name: 'web_1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...CREATE,
      status: 'creating',
      approval_enabled: true,
      service_type: 'interface',
      tcp_proxy: 'close',
    });
    expect(body.service_name).toBe(`cn-north-4.web_1.${body.id}`);
    expect((await get(path('?status=creating'))).body.total_count).toBe(1);
    clock.settle();
    expect((await get(path(`/${body.id}`))).body.status).toBe('available');
  });

  test('takes the lowest and the highest port', async () => {
    const { post } = await openSandbox({ world: emptyWorld() });
    const ports = [{ client_port: 1, server_port: 65_535, protocol: 'UDP' }];
    expect((await post(path(), { ...CREATE, ports })).body.ports).toEqual(ports);
  });

  test('without a name gives a name of two parts', async () => {
    const { post } = await openSandbox({ world: emptyWorld() });
    const { body } = await post(path(), { ...CREATE, approval_enabled: false });
    expect(body.service_name).toBe(`cn-north-4.${body.id}`);
    expect(body.approval_enabled).toBe(false);
  });

  test.each([
    { what: 'no body', body: undefined, status: 504, code: 'EndPoint.0011' },
    { what: 'no JSON', body: 'port_id', status: 400, code: 'EndPoint.1004' },
    { what: 'a missing port', body: { ...CREATE, port_id: undefined }, status: 400, code: 'EndPoint.0002' },
    { what: 'no ports', body: { ...CREATE, ports: [] }, status: 400, code: 'EndPoint.0002' },
    {
      what: 'a port of 70000',
      body: { ...CREATE, ports: [{ client_port: 70_000, server_port: 1 }] },
      status: 400,
      code: 'EndPoint.0002',
    },
    {
      what: 'a port of 0',
      body: { ...CREATE, ports: [{ client_port: 0, server_port: 1 }] },
      status: 400,
      code: 'EndPoint.0002',
    },
    {
      what: 'half a port',
      body: { ...CREATE, ports: [{ client_port: 1, server_port: 1.5 }] },
      status: 400,
      code: 'EndPoint.0002',
    },
    { what: 'a list', body: [CREATE], status: 400, code: 'EndPoint.0002' },
    {
      what: 'another server type',
      body: { ...CREATE, server_type: 'BMS' },
      status: 400,
      code: 'EndPoint.0002',
    },
    {
      what: 'a long name',
      body: { ...CREATE, service_name: 'x'.repeat(17) },
      status: 400,
      code: 'EndPoint.1003',
    },
    {
      what: 'a dot in the name',
      body: { ...CREATE, service_name: 'a.b' },
      status: 400,
      code: 'EndPoint.1003',
    },
    {
      what: 'approval in words',
      body: { ...CREATE, approval_enabled: 'true' },
      status: 400,
      code: 'EndPoint.0002',
    },
    {
      what: '21 tags',
      body: { ...CREATE, tags: Array.from({ length: 21 }, () => ({ key: 'k', value: 'v' })) },
      status: 400,
      code: 'EndPoint.0002',
    },
    { what: 'an unknown property', body: { ...CREATE, colour: 'red' }, status: 400, code: 'EndPoint.0002' },
  ])('with $what is refused with $status $code', async ({ body, status, code }) => {
    const { cloud, post } = await openSandbox({ world: emptyWorld() });
    expect(await post(path(), body)).toMatchObject({ status, body: { error_code: code } });
    expect(cloud.world.services).toEqual([]);
  });

  test('beyond the quota is refused with EndPoint.1018', async () => {
    const { cloud, post } = await openSandbox({ world: threeServices() });
    cloud.world.quotas.endpoint_service = 3;
    expect(await post(path(), CREATE)).toMatchObject({ status: 400, body: { error_code: 'EndPoint.1018' } });
  });
});

describe('changing a service', () => {
  test('sets what is given, replaces the ports, and keeps the rest', async () => {
    const { get, put } = await openSandbox({ world: threeServices() });
    const ports = [{ client_port: 443, server_port: 8443 }];
    const { body } = await put(path('/a'), {
      approval_enabled: false,
      ports,
      description: 'new',
      service_name: 'gamma',
    });
    expect(body).toMatchObject({
      approval_enabled: false,
      description: 'new',
      tcp_proxy: 'close',
      service_name: 'cn-north-4.gamma.a',
    });
    expect(body.ports).toEqual([{ ...ports[0], protocol: 'TCP' }]);
    expect((await get(path('/a'))).body).toMatchObject(body);
  });

  test('renaming shows wherever the name is shown', async () => {
    const { cloud, get, put } = await openSandbox();
    const before = must(
      cloud.world.services.find(({ service_name: name }) => name.includes('orders-search')),
    );
    const reply = await put(path(`/${before.id}/name`), { endpoint_service_name: 'orders2' });
    expect(reply.body).toEqual({ endpoint_service_name: 'orders2' });
    const name = `cn-north-4.orders2.${before.id}`;
    expect((await get(path(`/${before.id}`))).body.service_name).toBe(name);
    expect(cloud.world.clusters.map((cluster) => cluster.vpcServiceName)).toContain(name);
    expect((await get(v1(`/vpc-endpoints?endpoint_service_name=orders2`))).body.total_count).toBe(4);
  });

  test.each([
    { rest: '/a', body: { id: 'x' }, code: 'EndPoint.0002' },
    { rest: '/a', body: { service_name: '' }, code: 'EndPoint.1003' },
    { rest: '/a', body: { description: 'x'.repeat(513) }, code: 'EndPoint.0002' },
    { rest: '/a/name', body: {}, code: 'EndPoint.0002' },
    { rest: '/a/name', body: { endpoint_service_name: 'a b' }, code: 'EndPoint.1003' },
    { rest: '/b', body: { description: 'x' }, code: 'EndPoint.3045' },
  ])('PUT $rest with $body is refused with $code', async ({ rest, body, code }) => {
    const { put } = await openSandbox({ world: threeServices() });
    expect(await put(path(rest), body)).toMatchObject({ status: 400, body: { error_code: code } });
  });
});

describe('deleting a service', () => {
  test('answers 204, shows deleting, and ends in 404', async () => {
    const clock = stopClock();
    const { get, remove } = await openSandbox({ world: threeServices() });
    expect(await remove(path('/c'))).toMatchObject({ status: 204, text: '' });
    expect((await get(path('/c'))).body.status).toBe('deleting');
    expect(await remove(path('/c'))).toMatchObject({ status: 400, body: { error_code: 'EndPoint.3045' } });
    clock.settle();
    expect((await get(path('/c'))).status).toBe(404);
  });

  test('is refused with EndPoint.3006 while endpoints are creating or accepted', async () => {
    const { cloud, remove } = await openSandbox({ world: threeServices() });
    expect(await remove(path('/a'))).toMatchObject({ status: 400, body: { error_code: 'EndPoint.3006' } });
    for (const row of must(cloud.world.services[1]).connections) row.status = 'rejected';
    expect((await remove(path('/a'))).status).toBe(204);
  });
});
