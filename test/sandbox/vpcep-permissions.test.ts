import { describe, expect, test } from 'vitest';
import { emptyWorld, makePermission, makeService } from '../../src/sandbox/world.ts';
import { must, openSandbox, v1 } from './open-sandbox.ts';

const path = (rest = '') => v1(`/vpc-endpoint-services/s/permissions${rest}`);
const ORG = 'organizations:orgPath::o-1/r-1/*';
const [A, B, C] = ['iam:domain::aaaa', 'iam:domain::abbb', 'iam:domain::cccc'] as const;

const threeRecords = () => {
  const world = emptyWorld();
  const permissions = [A, B, ORG].map((permission, index) =>
    makePermission({
      id: `p${index}`,
      permission,
      created_at: `2024-01-0${index + 1}T00:00:00Z`,
      description: 'kept',
    }),
  );
  world.services.push(makeService({ id: 's', permissions }));
  return world;
};

describe('the whitelist of a service', () => {
  test.each([
    { query: '', ids: 'p2 p1 p0', total: 3 },
    { query: '?limit=1&offset=1', ids: 'p1', total: 3 },
    { query: '?sort_dir=asc&sort_key=create_at', ids: 'p0 p1 p2', total: 3 },
    { query: '?permission=DOMAIN%3A%3Aa', ids: 'p1 p0', total: 2 },
    { query: '?permission=nobody', ids: '', total: 0 },
    { query: '?limit=500', ids: 'p2 p1 p0', total: 3 },
  ])('"$query" gives "$ids" of $total', async ({ query, ids, total }) => {
    const { get } = await openSandbox({ world: threeRecords() });
    const { body } = await get(path(query));
    expect(body.permissions.map(({ id }: { id: string }) => id).join(' ')).toBe(ids);
    expect(body.total_count).toBe(total);
  });

  test('of 620 records takes two pages of 500', async () => {
    const { cloud, get } = await openSandbox();
    const hub = must(cloud.world.services.find(({ service_name: name }) => name.includes('partner-hub')));
    const list = v1(`/vpc-endpoint-services/${hub.id}/permissions?limit=500`);
    expect((await get(list)).body).toMatchObject({ total_count: 620, permissions: { length: 500 } });
    expect((await get(`${list}&offset=500`)).body.permissions).toHaveLength(120);
  });

  test.each([
    { query: '?limit=501', code: 'EndPoint.0006' },
    { query: '?permission=', code: 'EndPoint.0002' },
    { query: `?permission=${'x'.repeat(1001)}`, code: 'EndPoint.0002' },
    { query: '?sort_key=name', code: 'EndPoint.0017' },
  ])('"$query" is refused with 400 $code', async ({ query, code }) => {
    const { get } = await openSandbox({ world: threeRecords() });
    expect(await get(path(query))).toMatchObject({ status: 400, body: { error_code: code } });
  });
});

const textsOf = (records: { permission: string }[]) => records.map(({ permission }) => permission);

describe('adding and removing by text', () => {
  test('answers with the texts, and adding what is there changes nothing', async () => {
    const { cloud, post } = await openSandbox({ world: threeRecords() });
    const reply = await post(path('/action'), {
      action: 'add',
      permissions: [A, C],
      permission_type: 'domainId',
    });
    expect(reply.body).toEqual({ permissions: [A, C], permission_type: 'domainId' });
    const { permissions } = must(cloud.world.services[0]);
    expect(textsOf(permissions).toSorted()).toEqual([A, B, C, ORG].toSorted());
    expect(permissions.find(({ id }) => id === 'p0')?.description).toBe('kept');
  });

  test('removing what is not there is fine', async () => {
    const { cloud, post } = await openSandbox({ world: threeRecords() });
    const reply = await post(path('/action'), { action: 'remove', permissions: [B, '*'] });
    expect(reply).toMatchObject({ status: 200, body: { permissions: [B, '*'] } });
    expect(textsOf(must(cloud.world.services[0]).permissions)).toEqual([A, ORG]);
  });

  test.each([
    { what: 'an empty list', body: { action: 'add', permissions: [] }, code: 'EndPoint.3036' },
    {
      what: '51 texts',
      body: { action: 'add', permissions: Array.from({ length: 51 }, () => A) },
      code: 'EndPoint.0016',
    },
    { what: 'another action', body: { action: 'replace', permissions: [A] }, code: 'EndPoint.3035' },
    { what: 'a bare account id', body: { action: 'add', permissions: ['aaaa'] }, code: 'EndPoint.3002' },
    {
      what: 'a type that the text is not of',
      body: { action: 'add', permissions: [ORG], permission_type: 'domainId' },
      code: 'EndPoint.3002',
    },
    {
      what: 'an unknown type',
      body: { action: 'add', permissions: [A], permission_type: 'user' },
      code: 'EndPoint.0002',
    },
    {
      what: 'records for texts',
      body: { action: 'add', permissions: [{ permission: A }] },
      code: 'EndPoint.3002',
    },
  ])('$what is refused with 400 $code', async ({ body, code }) => {
    const { cloud, post } = await openSandbox({ world: threeRecords() });
    expect(await post(path('/action'), body)).toMatchObject({ status: 400, body: { error_code: code } });
    expect(must(cloud.world.services[0]).permissions).toHaveLength(3);
  });
});

describe('the batch calls', () => {
  test('add records with a description and answer with them', async () => {
    const { get, post } = await openSandbox({ world: threeRecords() });
    const reply = await post(path('/batch-create'), { permissions: [{ permission: C, description: 'new' }] });
    expect(reply.body.permissions).toEqual([
      {
        id: expect.any(String),
        permission: C,
        permission_type: 'domainId',
        description: 'new',
        created_at: expect.stringMatching(/Z$/),
      },
    ]);
    expect((await get(path('?limit=1'))).body).toMatchObject({
      total_count: 4,
      permissions: reply.body.permissions,
    });
  });

  test('remove records by id and answer with them', async () => {
    const { cloud, post } = await openSandbox({ world: threeRecords() });
    const reply = await post(path('/batch-delete'), { permissions: [{ id: 'p0' }, { id: 'p2' }] });
    expect(textsOf(reply.body.permissions)).toEqual([A, ORG]);
    expect(textsOf(must(cloud.world.services[0]).permissions)).toEqual([B]);
  });

  test.each([
    { call: '/batch-create', permissions: [{ permission: C }], status: 400, code: 'EndPoint.0002' },
    {
      call: '/batch-create',
      permissions: [{ permission: C, description: 'x'.repeat(257) }],
      status: 400,
      code: 'EndPoint.0002',
    },
    { call: '/batch-create', permissions: [], status: 400, code: 'EndPoint.3036' },
    {
      call: '/batch-create',
      permissions: [{ permission: 'cccc', description: '' }],
      status: 400,
      code: 'EndPoint.3002',
    },
    {
      call: '/batch-delete',
      permissions: [{ id: 'p0' }, { id: 'nobody' }],
      status: 404,
      code: 'EndPoint.0005',
    },
    { call: '/batch-delete', permissions: ['p0'], status: 400, code: 'EndPoint.0002' },
  ])('refuse $call of $permissions with $status $code', async ({ call, permissions, status, code }) => {
    const { cloud, post } = await openSandbox({ world: threeRecords() });
    expect(await post(path(call), { permissions })).toMatchObject({ status, body: { error_code: code } });
    expect(must(cloud.world.services[0]).permissions).toHaveLength(3);
  });
});

test('the description of one record can be set, and is answered inside a list', async () => {
  const { put } = await openSandbox({ world: threeRecords() });
  const reply = await put(path('/p1'), { permission: { description: 'analytics' } });
  expect(reply.body.permissions).toMatchObject([{ id: 'p1', permission: B, description: 'analytics' }]);
  expect((await put(path('/p9'), { permission: { description: '' } })).status).toBe(404);
  expect((await put(path('/p1'), { description: 'x' })).body.error_code).toBe('EndPoint.0002');
  expect((await put(path('/p1'), { permission: { description: 'x'.repeat(257) } })).status).toBe(400);
});
