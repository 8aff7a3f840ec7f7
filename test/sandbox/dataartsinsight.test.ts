import { describe, expect, test } from 'vitest';
import {
  emptyWorld,
  INSIGHT_DOMAIN_ID,
  makePermission,
  makeService,
  makeVisibleService,
  SANDBOX,
} from '../../src/sandbox/world.ts';
import { must, openSandbox, stopClock, v1 } from './open-sandbox.ts';

const path = v1('/connections/vpc-endpoint');

const services = () => {
  const world = emptyWorld();
  const permissions = [makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` })];
  world.services.push(
    makeService({ id: 'asks', service_name: 'cn-north-4.DII.asks', permissions }),
    makeService({ id: 'open', permissions: [makePermission({ permission: '*' })], approval_enabled: false }),
    makeService({ id: 'closed', permissions: [makePermission()] }),
    makeService({ id: 'failed', permissions, status: 'failed' }),
  );
  world.visibleServices.push(makeVisibleService({ id: 'foreign', admits: ['*'] }));
  return world;
};

describe('verify and create', () => {
  test('answers with a connected instance whose endpoint shows at the service, owned by DataArts Insight', async () => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: services() });
    const { status, body } = await post(path, { ds_type: 'dws', vpc_ep_server_name: 'cn-north-4.DII.asks' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^8a80[0-9a-f]{28}$/),
      create_date: Date.now(),
      update_date: Date.now(),
      project_id: SANDBOX.projectId,
      domain_id: SANDBOX.domainId,
      ds_type: 'DWS',
      vpc_ep_server_id: 'asks',
      vpc_ep_server_name: 'cn-north-4.DII.asks',
      vpc_ep_client_status: 'creating',
      scene: 'dii-app_to_data-source',
    });
    clock.settle();
    const { connections } = (await get(v1('/vpc-endpoint-services/asks/connections'))).body;
    expect(connections).toMatchObject([
      { id: body.vpc_ep_client_id, domain_id: INSIGHT_DOMAIN_ID, status: 'pendingAcceptance' },
    ]);
    expect((await get(v1(`/vpc-endpoints/${body.vpc_ep_client_id}`))).status).toBe(404);
  });

  test.each([
    { what: 'by id', body: { ds_type: 'MySQL', vpc_ep_server_id: 'open' }, serverId: 'open' },
    {
      what: 'with a blank name beside the id',
      body: { ds_type: 'API', vpc_ep_server_name: ' ', vpc_ep_server_id: 'open' },
      serverId: 'open',
    },
    {
      what: 'at a service of another account',
      body: { ds_type: 'HIVE', vpc_ep_server_id: 'foreign' },
      serverId: 'foreign',
    },
    {
      what: 'with a name and an id that agree',
      body: { ds_type: 'MYSQL', vpc_ep_server_name: 'cn-north-4.DII.asks', vpc_ep_server_id: 'asks' },
      serverId: 'asks',
    },
  ])('works $what', async ({ body, serverId }) => {
    const { post } = await openSandbox({ world: services() });
    expect(await post(path, body)).toMatchObject({ status: 200, body: { vpc_ep_server_id: serverId } });
  });

  test('ends accepted where the service asks for no approval', async () => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: services() });
    await post(path, { ds_type: 'DWS', vpc_ep_server_id: 'open' });
    clock.settle();
    const { connections } = (await get(v1('/vpc-endpoint-services/open/connections'))).body;
    expect(connections[0].status).toBe('accepted');
  });

  test('twice makes two endpoints: it is not idempotent', async () => {
    const { cloud, post } = await openSandbox({ world: services() });
    const one = (await post(path, { ds_type: 'DWS', vpc_ep_server_id: 'open' })).body;
    const two = (await post(path, { ds_type: 'DWS', vpc_ep_server_id: 'open' })).body;
    expect(one.id).not.toBe(two.id);
    expect(must(cloud.world.services[1]).connections).toHaveLength(2);
    expect(cloud.world.connectedInstances).toHaveLength(2);
  });

  test.each([
    { what: 'no type', body: { vpc_ep_server_id: 'open' }, status: 400, code: 'APIGW.0106' },
    {
      what: 'an unknown type',
      body: { ds_type: 'Oracle', vpc_ep_server_id: 'open' },
      status: 400,
      code: 'APIGW.0106',
    },
    {
      what: 'a type of 33 characters',
      body: { ds_type: 'x'.repeat(33), vpc_ep_server_id: 'open' },
      status: 400,
      code: 'APIGW.0106',
    },
    { what: 'neither name nor id', body: { ds_type: 'DWS' }, status: 400, code: 'APIGW.0106' },
    {
      what: 'a blank name and a blank id',
      body: { ds_type: 'DWS', vpc_ep_server_name: '', vpc_ep_server_id: ' ' },
      status: 400,
      code: 'APIGW.0106',
    },
    {
      what: 'a name of 201 characters',
      body: { ds_type: 'DWS', vpc_ep_server_name: 'x'.repeat(201) },
      status: 400,
      code: 'APIGW.0106',
    },
    {
      what: 'an unknown property',
      body: { ds_type: 'DWS', vpc_ep_server_id: 'open', name: 'x' },
      status: 400,
      code: 'APIGW.0106',
    },
    { what: 'no body', body: undefined, status: 400, code: 'APIGW.0106' },
    {
      what: 'an unknown id',
      body: { ds_type: 'DWS', vpc_ep_server_id: 'nobody' },
      status: 404,
      code: 'DataArtsInsight.24010003',
    },
    {
      what: 'part of a name',
      body: { ds_type: 'DWS', vpc_ep_server_name: 'DII' },
      status: 404,
      code: 'DataArtsInsight.24010003',
    },
    {
      what: 'a name and an id that disagree',
      body: { ds_type: 'DWS', vpc_ep_server_name: 'cn-north-4.DII.asks', vpc_ep_server_id: 'open' },
      status: 404,
      code: 'DataArtsInsight.24010003',
    },
    {
      what: 'a service that is not available',
      body: { ds_type: 'DWS', vpc_ep_server_id: 'failed' },
      status: 404,
      code: 'DataArtsInsight.24010003',
    },
    {
      what: 'a service that does not admit the account',
      body: { ds_type: 'DWS', vpc_ep_server_id: 'closed' },
      status: 400,
      code: 'DataArtsInsight.24010043',
    },
  ])('with $what is refused with $status $code, and creates nothing', async ({ body, status, code }) => {
    const { cloud, post } = await openSandbox({ world: services() });
    expect(await post(path, body)).toMatchObject({
      status,
      body: { error_code: code, error_msg: expect.any(String) },
    });
    expect(cloud.world.services.flatMap((service) => service.connections)).toEqual([]);
    expect(cloud.world.connectedInstances).toEqual([]);
  });
});

describe('the workspace header', () => {
  test.each([
    { method: 'POST', path },
    { method: 'GET', path: v1('/connections') },
    { method: 'GET', path: v1('/connections/none') },
    { method: 'GET', path: v1('/instances') },
  ])('is needed and checked by $method $path', async ({ method, path: target }) => {
    const { send } = await openSandbox();
    const missing = await send(method, target, undefined, { 'X-Workspace-Id': '' });
    expect(missing).toMatchObject({ status: 400, body: { error_code: 'DataArtsInsight.24150000' } });
    const unknown = await send(method, target, undefined, { 'X-Workspace-Id': 'nowhere' });
    expect(unknown).toMatchObject({ status: 400, body: { error_code: 'DataArtsInsight.24150005' } });
  });

  test('is not needed by the list of workspaces, which is how one finds it', async () => {
    const { cloud, get, send } = await openSandbox();
    const { instance_id: id } = (await get(v1('/instances'))).body.page_data[0];
    const list = v1(`/instances/${id}/workspaces`);
    const { body } = await send('GET', list, undefined, { 'X-Workspace-Id': '' });
    expect(body).toMatchObject({
      count: 2,
      page_data: [{ id: SANDBOX.workspaceId }, { id: cloud.world.workspaces[1]?.id }],
    });
    expect((await get(`${list}?name=EXP`)).body).toMatchObject({
      count: 1,
      page_data: [{ name: 'experiments' }],
    });
    expect((await get(`${list}?limit=1&offset=1`)).body).toMatchObject({
      count: 2,
      page_data: [{ name: 'experiments' }],
    });
    expect((await get(v1('/instances/none/workspaces'))).body.error_code).toBe('DataArtsInsight.24010003');
  });
});

test('instances are listed in the order asked for', async () => {
  const { cloud, get } = await openSandbox();
  cloud.world.instances.push({ ...must(cloud.world.instances[0]), instance_id: 'second' });
  const last = { count: 2, page_data: [{ instance_id: 'second', region_id: 'cn-north-4' }] };
  expect((await get(v1('/instances?sort_dir=desc&limit=1'))).body).toMatchObject(last);
  expect((await get(v1('/instances?sort_dir=asc&limit=1&offset=1'))).body).toMatchObject(last);
});

describe('data sources', () => {
  test.each([
    { query: '', names: 'billing exchange-rates warehouse', count: 3 },
    { query: '?sort_dir=DESC', names: 'warehouse exchange-rates billing', count: 3 },
    { query: '?sort_key=creation_date&sort_dir=asc', names: 'exchange-rates warehouse billing', count: 3 },
    { query: '?limit=1&offset=1', names: 'exchange-rates', count: 3 },
    { query: '?limit=1&offset=1&all=true', names: 'billing exchange-rates warehouse', count: 3 },
    { query: '?all=false&limit=1', names: 'billing', count: 3 },
    { query: '?name=IN', names: 'billing', count: 1 },
    { query: '?type=mysql', names: 'billing', count: 1 },
  ])('"$query" gives "$names" of $count', async ({ query, names, count }) => {
    const { get } = await openSandbox();
    const { body } = await get(v1(`/connections${query}`));
    expect(body.page_data.map(({ name }: { name: string }) => name).join(' ')).toBe(names);
    expect(body.count).toBe(count);
  });

  test('count pages instead of items where the world says so', async () => {
    const { cloud, get } = await openSandbox();
    cloud.world.insightOffsetUnit = 'pages';
    const { body } = await get(v1('/connections?limit=2&offset=1'));
    expect(body).toMatchObject({ count: 3, page_data: [{ name: 'warehouse' }] });
  });

  test('embed the connected instance, whose status follows the endpoint, and carry secrets', async () => {
    const { cloud, get } = await openSandbox();
    const row = (await get(v1('/connections?name=warehouse'))).body.page_data[0];
    expect(row.vpc_connection).toMatchObject({ id: row.vpc_connection_id, vpc_ep_client_status: 'accepted' });
    expect(row.password).toContain('sandbox-secret');
    expect(row.config.ds_ak).toContain('sandbox-secret');
    expect(row.url).toContain('sandbox-secret');
    const { vpc_ep_server_id: serverId, vpc_ep_client_id: clientId } = row.vpc_connection;
    const service = must(cloud.world.services.find(({ id }) => id === serverId));
    must(service.connections.find(({ id }) => id === clientId)).status = 'rejected';
    expect((await get(v1(`/connections/${row.id}`))).body.vpc_connection.vpc_ep_client_status).toBe(
      'rejected',
    );
  });

  test('of another workspace are not seen', async () => {
    const { cloud, get, send } = await openSandbox();
    const other = { 'X-Workspace-Id': must(cloud.world.workspaces[1]).id };
    expect((await send('GET', v1('/connections'), undefined, other)).body).toEqual({
      count: 0,
      page_data: [],
    });
    const { id } = must(cloud.world.dataConnections[0]);
    expect((await get(v1(`/connections/${id}`))).status).toBe(200);
    expect(await send('GET', v1(`/connections/${id}`), undefined, other)).toMatchObject({
      status: 404,
      body: { error_code: 'DataArtsInsight.24010003' },
    });
  });

  test.each([
    '/connections?limit=0',
    '/connections?limit=1001',
    '/connections?offset=1001',
    '/connections?offset=',
    '/connections?all=yes',
    '/connections?sort_key=id',
    '/connections?sort_dir=Asc',
    `/connections/${'x'.repeat(101)}`,
    '/instances?sort_dir=ASC',
    `/instances?sort_key=${'x'.repeat(101)}`,
    `/instances/${'x'.repeat(129)}/workspaces`,
  ])('GET %s is refused with 400', async (target) => {
    const { get } = await openSandbox();
    expect(await get(v1(target))).toMatchObject({ status: 400, body: { error_code: 'APIGW.0106' } });
  });
});
