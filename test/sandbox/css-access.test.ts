import { describe, expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  type World,
} from '../../src/sandbox/world.ts';
import { cssPath, must, openSandbox, stopClock, v1 } from './open-sandbox.ts';

const ACCOUNT = 'db9b76a0d9ae431f8e85e89da2ca867c';
const OTHER = '5fc973eea581490997e82ea11a1df31f';
const at = (rest: string, id = 'c1') => cssPath(`/${id}/vpcepservice${rest}`);

const worldWith = (partial: Parameters<typeof makeCluster>[0] = {}): World => {
  const world = emptyWorld();
  const statuses = ['pendingAcceptance', 'accepted', 'rejected', 'failed', 'creating', 'deleting'];
  const connections = statuses.map((status) => makeClusterConnection({ id: status, status }));
  const permissions = [makePermission({ id: 'p1' })];
  world.clusters.push(makeCluster({ id: 'c1', connections, permissions, ...partial }));
  return world;
};

describe('accepting and rejecting', () => {
  test('several endpoints at once pass through creating and end accepted', async () => {
    const clock = stopClock();
    const { cloud, get, post } = await openSandbox({ world: worldWith() });
    const ids = ['pendingAcceptance', 'rejected', 'accepted'];
    const reply = await post(at('/connections'), { action: 'receive', endpoint_id_list: ids });
    expect(reply).toMatchObject({ status: 200, text: '{}' });
    const statuses = async () =>
      Object.fromEntries(
        (await get(at('/connections'))).body.connections.map((row: { id: string; status: string }) => [
          row.id,
          row.status,
        ]),
      );
    expect(await statuses()).toMatchObject({
      pendingAcceptance: 'creating',
      rejected: 'creating',
      accepted: 'accepted',
    });
    clock.pass(1499);
    expect(await statuses()).toMatchObject({ pendingAcceptance: 'creating', rejected: 'creating' });
    clock.pass(1);
    expect(await statuses()).toMatchObject({
      pendingAcceptance: 'accepted',
      rejected: 'accepted',
      accepted: 'accepted',
    });
    expect(cloud.world.clusters[0]?.connections[0]?.updated_at).toMatch(/Z$/);
  });

  test('an accepted endpoint can be cut off, and the same decision twice is fine', async () => {
    const clock = stopClock();
    const { cloud, post } = await openSandbox({ world: worldWith() });
    const reject = { action: 'reject', endpoint_id_list: ['accepted'] };
    expect((await post(at('/connections'), reject)).status).toBe(200);
    expect((await post(at('/connections'), reject)).status).toBe(200);
    clock.settle();
    expect(cloud.world.clusters[0]?.connections[1]?.status).toBe('rejected');
  });

  test.each(['failed', 'creating', 'deleting'])(
    'an endpoint that is %s cannot be decided on',
    async (state) => {
      const { cloud, post } = await openSandbox({ world: worldWith() });
      const reply = await post(at('/connections'), {
        action: 'receive',
        endpoint_id_list: ['pendingAcceptance', state],
      });
      expect(reply).toMatchObject({ status: 400, body: { errCode: 'CSS.5090' } });
      expect(cloud.world.clusters[0]?.connections[0]?.status).toBe('pendingAcceptance');
    },
  );

  test('an endpoint that is not there is refused with 404 CSS.0022', async () => {
    const { post } = await openSandbox({ world: worldWith() });
    const reply = await post(at('/connections'), { action: 'receive', endpoint_id_list: ['nobody'] });
    expect(reply).toMatchObject({ status: 404, body: { errCode: 'CSS.0022' } });
  });
});

describe('the whitelist', () => {
  test('is replaced: what stays keeps its record, what is new gets one, the rest is gone', async () => {
    const world = worldWith({
      permissions: [
        makePermission({ id: 'stays' }),
        makePermission({ id: 'goes', permission: 'organizations:orgPath::o-1/r-1/*' }),
      ],
    });
    const { get, post } = await openSandbox({ world });
    const reply = await post(at('/permissions'), { vpc_permissions: [OTHER, ACCOUNT, OTHER] });
    expect(reply).toMatchObject({ status: 200, text: '' });
    const { permissions } = (await get(at('/connections'))).body;
    expect(permissions).toEqual([
      {
        id: expect.any(String),
        permission: `iam:domain::${OTHER}`,
        permission_type: 'domainId',
        created_at: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ id: 'stays', permission: `iam:domain::${ACCOUNT}` }),
    ]);
  });

  test.each([{ entries: [] }, { entries: ['*'] }])(
    '$entries opens the cluster to everyone',
    async ({ entries }) => {
      const { cloud, post } = await openSandbox({ world: worldWith() });
      expect((await post(at('/permissions'), { vpc_permissions: entries })).status).toBe(200);
      expect(cloud.world.clusters[0]?.permissions.map((record) => record.permission)).toEqual(['*']);
    },
  );
});

const setting = (world: World, cssBodyCase: World['cssBodyCase']): World => ({ ...world, cssBodyCase });

test.each([
  {
    path: '/connections',
    snake: { action: 'reject', endpoint_id_list: ['accepted'] },
    camel: { action: 'reject', endpointIdList: ['accepted'] },
  },
  { path: '/permissions', snake: { vpc_permissions: [ACCOUNT] }, camel: { vpcPermissions: [ACCOUNT] } },
])(
  '$path takes the spelling of the world and refuses the other one, and both',
  async ({ path, snake, camel }) => {
    const modern = await openSandbox({ world: setting(worldWith(), 'snake') });
    expect((await modern.post(at(path), camel)).body.errCode).toBe('CSS.0001');
    expect((await modern.post(at(path), { ...snake, ...camel })).body.errCode).toBe('CSS.0001');
    expect((await modern.post(at(path), snake)).status).toBe(200);
    const older = await openSandbox({ world: setting(worldWith(), 'camel') });
    expect((await older.post(at(path), snake)).body.errCode).toBe('CSS.0001');
    expect((await older.post(at(path), { ...snake, ...camel })).body.errCode).toBe('CSS.0001');
    expect((await older.post(at(path), camel)).status).toBe(200);
  },
);

test.each([
  { path: '/connections', body: undefined },
  { path: '/connections', body: '{"action":' },
  { path: '/connections', body: [] },
  { path: '/connections', body: { endpoint_id_list: ['accepted'] } },
  { path: '/connections', body: { action: 'accept', endpoint_id_list: ['accepted'] } },
  { path: '/connections', body: { action: 'receive', endpoint_id_list: [] } },
  { path: '/connections', body: { action: 'receive', endpoint_id_list: 'accepted' } },
  { path: '/connections', body: { action: 'receive', endpoint_id_list: [7] } },
  { path: '/connections', body: { action: 'receive', endpoint_id_list: [''] } },
  { path: '/connections', body: { action: 'receive', endpoint_id_list: ['accepted'], force: true } },
  { path: '/permissions', body: {} },
  { path: '/permissions', body: { vpc_permissions: null } },
  { path: '/permissions', body: { vpc_permissions: [`iam:domain::${ACCOUNT}`] } },
  { path: '/permissions', body: { vpc_permissions: ['organizations:orgPath::o-1/r-1/*'] } },
  { path: '/permissions', body: { vpc_permissions: [''] } },
])('POST $path with the body $body is refused with 400 CSS.0001', async ({ path, body }) => {
  const { cloud, post } = await openSandbox({ world: worldWith() });
  const before = structuredClone(cloud.world.clusters);
  expect(await post(at(path), body)).toMatchObject({ status: 400, body: { errCode: 'CSS.0001' } });
  expect(cloud.world.clusters).toEqual(before);
});

test('a body without its content type is refused', async () => {
  const { send } = await openSandbox({ world: worldWith() });
  const reply = await send(
    'POST',
    at('/permissions'),
    { vpc_permissions: [ACCOUNT] },
    { 'Content-Type': 'text/plain' },
  );
  expect(reply).toMatchObject({ status: 400, body: { errCode: 'CSS.0001' } });
});

const closed = () =>
  worldWith({
    endpointAccess: false,
    vpcServiceName: null,
    vpcepIp: null,
    connections: [],
    permissions: [],
  });

test('the whitelist decides who may connect to the service of the CSS account behind the cluster', async () => {
  const { cloud, post } = await openSandbox();
  const { id } = must(cloud.world.clusters.find(({ name }) => name === 'logs-archive'));
  const wish = { endpoint_service_id: 'cf072729-b076-49db-83d3-020dc9f589bd', vpc_id: 'v', subnet_id: 's' };
  await post(at('/permissions', id), { vpc_permissions: [OTHER] });
  expect((await post(v1('/vpc-endpoints'), wish)).body.error_code).toBe('EndPoint.2012');
  await post(at('/permissions', id), { vpc_permissions: [OTHER, ACCOUNT] });
  expect((await post(v1('/vpc-endpoints'), wish)).status).toBe(200);
});

describe('switching access on', () => {
  test('keeps the cluster busy, then gives it a service and an own endpoint', async () => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: closed() });
    const reply = await post(at('/open'), {
      endpoint_with_dns_name: true,
      profession_vpcep: true,
      dualstack_enable: true,
    });
    expect(reply).toMatchObject({ status: 200, body: { action: 'createVpcepservice' } });
    expect((await get(cssPath('/c1'))).body).toMatchObject({ status: '100', actions: [expect.any(String)] });
    expect((await get(at('/connections'))).body.errCode).toBe('CSS.5182');

    clock.settle();
    const detail = (await get(cssPath('/c1'))).body;
    expect(detail).toMatchObject({ status: '200', actions: [], actionProgress: {} });
    const { connections, vpcServiceName } = (await get(at('/connections'))).body;
    expect(connections).toMatchObject([
      {
        status: 'accepted',
        specificationName: 'profession',
        vpcepIp: detail.vpcepIp,
        vpcepIpv6Address: detail.vpcepIpv6Address,
        vpcepDnsName: expect.any(String),
      },
    ]);
    const name = encodeURIComponent(vpcServiceName);
    expect((await get(v1(`/vpc-endpoint-services/describe?endpoint_service_name=${name}`))).status).toBe(200);
    expect((await get(v1(`/vpc-endpoints/${connections[0].id}`))).body.endpoint_service_name).toBe(
      vpcServiceName,
    );
  });

  test.each([
    { what: 'without a body', body: undefined, code: 'CSS.0001' },
    { what: 'with a switch in words', body: { endpoint_with_dns_name: 'true' }, code: 'CSS.0001' },
    { what: 'with a list', body: [], code: 'CSS.0001' },
    { what: 'with null', body: null, code: 'CSS.0001' },
    { what: 'with an unknown switch', body: { dns: true }, code: 'CSS.0001' },
    { what: 'in the older spelling', body: { endpointWithDnsName: true }, code: 'CSS.0001' },
    {
      what: 'dual stack without a professional endpoint',
      body: { dualstack_enable: true },
      code: 'CSS.0001',
    },
  ])('$what is refused with $code', async ({ body, code }) => {
    const { cloud, post } = await openSandbox({ world: closed() });
    expect(await post(at('/open'), body)).toMatchObject({ status: 400, body: { errCode: code } });
    expect(cloud.world.clusters[0]?.status).toBe('200');
  });

  test('is refused where it is on already, and where the cluster cannot have it', async () => {
    const open = await openSandbox({ world: worldWith() });
    expect((await open.post(at('/open'), {})).body.errCode).toBe('CSS.5090');
    const unable = await openSandbox({ world: worldWith({ endpointAccess: false, supportVpcep: false }) });
    expect((await unable.post(at('/open'), {})).body.errCode).toBe('CSS.5140');
  });
});

describe('switching access off', () => {
  test('ends every connection, and switching it on again gives another service', async () => {
    const clock = stopClock();
    const { cloud, get, post, put } = await openSandbox();
    const id = must(cloud.world.clusters.find(({ name }) => name === 'logs-archive')).id;
    expect(await put(at('/close', id))).toMatchObject({
      status: 200,
      body: { action: 'deleteVpcepservice' },
    });
    expect((await get(at('/connections', id))).body.total_count).toBe(2);
    clock.settle();
    expect((await get(at('/connections', id))).body.errCode).toBe('CSS.5182');
    expect((await get(v1('/vpc-endpoints/54b7f739-31a1-40d0-862b-ac85b83ab2da'))).status).toBe(404);
    await post(at('/open', id), {});
    clock.settle();
    const { body } = await get(at('/connections', id));
    expect(body.vpcServiceName).toMatch(/^cn-north-4\.logs-archive\./);
    expect(body.vpcServiceName).not.toContain('cf072729');
  });

  test('takes no body, and needs access that is on', async () => {
    const on = await openSandbox({ world: worldWith() });
    expect((await on.put(at('/close'), {})).body.errCode).toBe('CSS.0001');
    const off = await openSandbox({ world: worldWith({ endpointAccess: false }) });
    expect((await off.put(at('/close'))).body.errCode).toBe('CSS.5182');
  });
});

describe('a cluster that is changing or faulty', () => {
  test.each([
    { method: 'POST', path: '/connections', body: { action: 'receive', endpoint_id_list: ['accepted'] } },
    { method: 'POST', path: '/permissions', body: { vpc_permissions: [ACCOUNT] } },
    { method: 'POST', path: '/open', body: {} },
    { method: 'PUT', path: '/close', body: undefined },
  ])('answers $method $path with 202 CSS.0011', async ({ method, path, body }) => {
    const { cloud, put, send } = await openSandbox({ world: worldWith(), settleMs: 60_000 });
    await put(at('/close'));
    expect(await send(method, at(path), body)).toMatchObject({ status: 202, body: { errCode: 'CSS.0011' } });
    Object.assign(must(cloud.world.clusters[0]), { status: '200', actions: ['REBOOTING'] });
    expect((await send(method, at(path), body)).status).toBe(202);
    Object.assign(must(cloud.world.clusters[0]), { status: '303', actions: [] });
    expect(await send(method, at(path), body)).toMatchObject({ status: 202, body: { errCode: 'CSS.0011' } });
  });
});

const facts = (rows: { id: string; status: string; domain_id: string; created_at: string }[]) =>
  rows.map((row) => [row.id, row.status, row.domain_id, row.created_at]);

test('a cluster and its own readable service show one truth, whichever side is changed', async () => {
  const clock = stopClock();
  const { cloud, get, post } = await openSandbox();
  const cluster = must(cloud.world.clusters.find(({ name }) => name === 'orders-search'));
  const service = must(
    cloud.world.services.find(({ service_name: name }) => name === cluster.vpcServiceName),
  );
  const [first, , , , , second] = cluster.connections;
  await post(at('/connections', cluster.id), { action: 'receive', endpoint_id_list: [must(first).id] });
  await post(v1(`/vpc-endpoint-services/${service.id}/connections/action`), {
    action: 'reject',
    endpoints: [must(second).id],
  });
  await post(at('/permissions', cluster.id), { vpc_permissions: [OTHER] });
  clock.settle();

  const css = (await get(at('/connections?limit=100', cluster.id))).body;
  const vpcep = (await get(v1(`/vpc-endpoint-services/${service.id}/connections?limit=100`))).body;
  expect(facts(css.connections)).toEqual(facts(vpcep.connections));
  expect(css.connections[0].status).toBe('accepted');
  expect(css.connections[5].status).toBe('rejected');
  const whitelist = (await get(v1(`/vpc-endpoint-services/${service.id}/permissions`))).body;
  expect(whitelist.permissions).toMatchObject(css.permissions);
  expect(whitelist.total_count).toBe(1);
});
