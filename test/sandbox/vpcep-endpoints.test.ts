import { describe, expect, test } from 'vitest';
import {
  emptyWorld,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  makeVisibleService,
} from '../../src/sandbox/world.ts';
import { cssPath, must, openSandbox, stopClock, v1 } from './open-sandbox.ts';

const path = (rest = '') => v1(`/vpc-endpoints${rest}`);
const VPC = '84758cf5-9c62-43ae-a778-3dbd8370c0a4';
const wish = (serviceId: string) => ({ endpoint_service_id: serviceId, vpc_id: VPC, subnet_id: 'subnet-1' });

const twoEndpoints = () => {
  const world = emptyWorld();
  const service = makeService({ id: 's', service_name: 'cn-north-4.Shop.s' });
  for (const [index, id] of ['old', 'new'].entries()) {
    const row = makeServiceConnection({
      id,
      created_at: `202${3 + index}-01-01T00:00:00Z`,
      marker_id: '9007199254740993',
    });
    service.connections.push(row);
    world.endpoints.push(makeEndpoint(row, service, { vpc_id: `vpc-${id}` }));
  }
  service.connections.push(makeServiceConnection({ id: 'foreign', domain_id: 'f'.repeat(32) }));
  world.services.push(
    service,
    makeService({ id: 'open', approval_enabled: false }),
    makeService({ id: 'late', status: 'creating' }),
    makeService({ id: 'gateway', service_type: 'gateway' }),
  );
  world.visibleServices.push(
    makeVisibleService({ id: 'v' }),
    makeVisibleService({ id: 'closed', admits: [] }),
  );
  return world;
};

describe('the endpoints of the project', () => {
  test.each([
    { query: '', ids: 'new old', total: 2 },
    { query: '?sort_dir=asc&limit=1', ids: 'old', total: 2 },
    { query: '?offset=1', ids: 'old', total: 2 },
    { query: '?endpoint_service_name=sHOP', ids: 'new old', total: 2 },
    { query: '?vpc_id=vpc-old', ids: 'old', total: 1 },
    { query: '?id=new', ids: 'new', total: 1 },
    { query: '?id=foreign', ids: '', total: 0 },
  ])('"$query" gives "$ids" of $total', async ({ query, ids, total }) => {
    const { get } = await openSandbox({ world: twoEndpoints() });
    const { body } = await get(path(query));
    expect(body.endpoints.map(({ id }: { id: string }) => id).join(' ')).toBe(ids);
    expect(body.total_count).toBe(total);
  });

  test('are read one by one, foreign ones are not', async () => {
    const { get } = await openSandbox({ world: twoEndpoints() });
    const reply = await get(path('/new'));
    expect(reply.body).toMatchObject({
      id: 'new',
      status: 'accepted',
      endpoint_service_id: 's',
      endpoint_service_name: 'cn-north-4.Shop.s',
      ip: '192.168.0.122',
      active_status: ['active'],
      enable_whitelist: false,
    });
    expect(reply.text).toContain('"marker_id":9007199254740993,');
    expect(await get(path('/foreign'))).toMatchObject({ status: 404, body: { error_code: 'EndPoint.0005' } });
  });

  test.each([
    { rest: '?vpc_id=', code: 'EndPoint.0020' },
    { rest: '?limit=0', code: 'EndPoint.0006' },
    { rest: '?sort_key=x', code: 'EndPoint.0017' },
    { rest: `/${'x'.repeat(65)}`, code: 'EndPoint.0002' },
  ])('GET $rest is refused with 400 $code', async ({ rest, code }) => {
    const { get } = await openSandbox({ world: twoEndpoints() });
    expect(await get(path(rest))).toMatchObject({ status: 400, body: { error_code: code } });
  });
});

describe('creating an endpoint', () => {
  test.each([
    { serviceId: 's', ends: 'pendingAcceptance' },
    { serviceId: 'open', ends: 'accepted' },
    { serviceId: 'v', ends: 'accepted' },
  ])('at $serviceId passes through creating and ends $ends', async ({ serviceId, ends }) => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: twoEndpoints() });
    const { status, body } = await post(path(), {
      ...wish(serviceId),
      description: 'mine',
      enable_dns: true,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'creating',
      endpoint_service_id: serviceId,
      vpc_id: VPC,
      description: 'mine',
      enable_dns: true,
      dns_names: [expect.any(String)],
    });
    clock.settle();
    expect((await get(path(`/${body.id}`))).body.status).toBe(ends);
  });

  test('shows at the service and at the cluster behind it', async () => {
    const { cloud, get, post } = await openSandbox();
    const cluster = must(cloud.world.clusters.find(({ name }) => name === 'logs-archive'));
    const { body } = await post(path(), wish('cf072729-b076-49db-83d3-020dc9f589bd'));
    const connections = (await get(cssPath(`/${cluster.id}/vpcepservice/connections`))).body;
    expect(connections).toMatchObject({ total_count: 3, connections: [{ id: body.id }, {}, {}] });
    const own = await openSandbox({ world: twoEndpoints() });
    const made = (await own.post(path(), wish('s'))).body;
    const list = (await own.get(v1('/vpc-endpoint-services/s/connections?limit=1'))).body;
    expect(list).toMatchObject({ total_count: 4, connections: [{ id: made.id, marker_id: made.marker_id }] });
  });

  test.each([
    { what: 'an unknown service', body: wish('nobody'), code: 'EndPoint.2003' },
    { what: 'a service that is not ready', body: wish('late'), code: 'EndPoint.2004' },
    { what: 'a service that does not admit the account', body: wish('closed'), code: 'EndPoint.2012' },
    { what: 'no subnet', body: { ...wish('s'), subnet_id: undefined }, code: 'EndPoint.0023' },
    { what: 'no VPC', body: { ...wish('s'), vpc_id: undefined }, code: 'EndPoint.0002' },
    { what: 'an empty VPC', body: { ...wish('s'), vpc_id: '' }, code: 'EndPoint.0020' },
    {
      what: 'route tables at an interface service',
      body: { ...wish('s'), routetables: ['r'] },
      code: 'EndPoint.0002',
    },
    {
      what: 'an address list with a name in it',
      body: { ...wish('s'), whitelist: ['example.com'] },
      code: 'EndPoint.2044',
    },
    {
      what: 'a description with brackets',
      body: { ...wish('s'), description: '<b>' },
      code: 'EndPoint.0002',
    },
    { what: 'an unknown property', body: { ...wish('s'), name: 'x' }, code: 'EndPoint.0002' },
  ])('with $what is refused with 400 $code', async ({ body, code }) => {
    const { cloud, post } = await openSandbox({ world: twoEndpoints() });
    expect(await post(path(), body)).toMatchObject({ status: 400, body: { error_code: code } });
    expect(cloud.world.endpoints).toHaveLength(2);
    expect(must(cloud.world.services[0]).connections).toHaveLength(3);
  });

  test.each([
    { ip_version: 'ipv4', ipv6: undefined },
    { ip_version: 'dualstack', ipv6: expect.stringMatching(/^fd00:/) },
    { ip_version: 'dualstack', ipv6_address: 'fd00::7', ipv6: 'fd00::7' },
  ])('for $ip_version gives the IPv6 address $ipv6', async ({ ipv6, ...addresses }) => {
    const { post } = await openSandbox({ world: twoEndpoints() });
    const { body } = await post(path(), { ...wish('s'), ...addresses, port_ip: '192.168.7.7' });
    expect(body).toMatchObject({ ip: '192.168.7.7', ip_version: addresses.ip_version });
    expect(body.ipv6_address).toEqual(ipv6);
  });

  test('at a gateway service needs no subnet and gives no address', async () => {
    const { post } = await openSandbox({ world: twoEndpoints() });
    const { body } = await post(path(), { endpoint_service_id: 'gateway', vpc_id: VPC, routetables: ['r1'] });
    expect(body).toMatchObject({ service_type: 'gateway', ip: '', routetables: ['r1'] });
  });

  test('beyond the quota is refused with EndPoint.1018', async () => {
    const { cloud, post } = await openSandbox({ world: twoEndpoints() });
    cloud.world.quotas.endpoint = 2;
    expect(await post(path(), wish('s'))).toMatchObject({
      status: 400,
      body: { error_code: 'EndPoint.1018' },
    });
  });
});

describe('changing an endpoint', () => {
  test('replaces its address list, and an empty one clears it', async () => {
    const { get, put } = await openSandbox({ world: twoEndpoints() });
    await put(path('/new'), { whitelist: ['10.0.0.0/8', '192.168.0.7'], enable_whitelist: true });
    expect((await get(path('/new'))).body).toMatchObject({
      whitelist: ['10.0.0.0/8', '192.168.0.7'],
      enable_whitelist: true,
    });
    expect((await put(path('/new'), { whitelist: [] })).body).toMatchObject({
      whitelist: [],
      enable_whitelist: true,
    });
  });

  test.each([
    { status: 'accepted', body: { whitelist: ['::1'] }, code: 'EndPoint.2044' },
    { status: 'accepted', body: { enable_whitelist: 'true' }, code: 'EndPoint.0002' },
    { status: 'failed', body: { whitelist: [] }, code: 'EndPoint.2047' },
    { status: 'creating', body: { whitelist: [] }, code: 'EndPoint.2019' },
    { status: 'deleting', body: { whitelist: [] }, code: 'EndPoint.2018' },
  ])('is refused with $code for $body while it is $status', async ({ status, body, code }) => {
    const { cloud, put } = await openSandbox({ world: twoEndpoints() });
    must(cloud.world.endpoints[1]).connection.status = status;
    expect(await put(path('/new'), body)).toMatchObject({ status: 400, body: { error_code: code } });
  });
});

test('a deleted endpoint is deleting first, and then gone everywhere', async () => {
  const clock = stopClock();
  const { get, remove } = await openSandbox({ world: twoEndpoints() });
  expect(await remove(path('/new'))).toMatchObject({ status: 204, text: '' });
  expect((await get(path('/new'))).body.status).toBe('deleting');
  expect((await remove(path('/new'))).body.error_code).toBe('EndPoint.2018');
  clock.settle();
  expect((await get(path('/new'))).status).toBe(404);
  expect((await get(v1('/vpc-endpoint-services/s/connections?id=new'))).body.total_count).toBe(0);
  expect((await remove(path('/new'))).status).toBe(404);
});

test('an endpoint follows what the owner of the service decides', async () => {
  const clock = stopClock();
  const { get, post } = await openSandbox({ world: twoEndpoints() });
  await post(v1('/vpc-endpoint-services/s/connections/action'), { action: 'reject', endpoints: ['new'] });
  clock.settle();
  expect((await get(path('/new'))).body.status).toBe('rejected');
});

test('quotas count what is there, and can be asked for one by one', async () => {
  const { get } = await openSandbox({ world: twoEndpoints() });
  expect((await get(v1('/quotas'))).body).toEqual({
    quotas: {
      resources: [
        { type: 'endpoint_service', used: 4, quota: 50 },
        { type: 'endpoint', used: 2, quota: 200 },
      ],
    },
  });
  expect((await get(v1('/quotas?type=endpoint'))).body.quotas.resources).toMatchObject([
    { type: 'endpoint' },
  ]);
  expect(await get(v1('/quotas?type=vpc'))).toMatchObject({
    status: 400,
    body: { error_code: 'EndPoint.0002' },
  });
});
