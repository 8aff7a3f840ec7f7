import { describe, expect, test } from 'vitest';
import { emptyWorld, makeService, makeServiceConnection } from '../../src/sandbox/world.ts';
import { must, openSandbox, stopClock, v1 } from './open-sandbox.ts';

const path = (rest = '') => v1(`/vpc-endpoint-services/s/connections${rest}`);

/** Made one a day from the first on, changed the other way round. */
const sixConnections = () => {
  const world = emptyWorld();
  const statuses = ['accepted', 'pendingAcceptance', 'rejected', 'failed', 'creating', 'deleting'];
  const connections = statuses.map((status, index) =>
    makeServiceConnection({
      id: status,
      status,
      created_at: `2024-01-0${index + 1}T00:00:00Z`,
      updated_at: `2024-02-0${9 - index}T00:00:00Z`,
      marker_id: index === 0 ? '422321312321321321' : String(100 + index),
      error: [{ error_code: '1001', error_message: 'late' }],
    }),
  );
  world.services.push(makeService({ id: 's', connections }));
  return world;
};

const idsOf = (body: { connections: { id: string }[] }) => body.connections.map(({ id }) => id).join(' ');

describe('the connections of a service', () => {
  test.each([
    { query: '?limit=2', ids: 'deleting creating', total: 6 },
    { query: '?limit=2&offset=4', ids: 'pendingAcceptance accepted', total: 6 },
    { query: '?sort_dir=asc&limit=1', ids: 'accepted', total: 6 },
    { query: '?sort_key=update_at&limit=1', ids: 'accepted', total: 6 },
    { query: '?sort_key=update_at&sort_dir=asc&limit=1', ids: 'deleting', total: 6 },
    { query: '?id=failed', ids: 'failed', total: 1 },
    { query: '?id=fail', ids: '', total: 0 },
    { query: '?status=rejected', ids: 'rejected', total: 1 },
    { query: '?status=creating', ids: 'creating', total: 1 },
    { query: '?marker_id=422321312321321321', ids: 'accepted', total: 1 },
    { query: '?marker_id=422321312321321320', ids: '', total: 0 },
    { query: '?marker_id=101&status=accepted', ids: '', total: 0 },
  ])('"$query" gives "$ids" of $total', async ({ query, ids, total }) => {
    const { get } = await openSandbox({ world: sixConnections() });
    const { body } = await get(path(query));
    expect(idsOf(body)).toBe(ids);
    expect(body.total_count).toBe(total);
  });

  test('have their packet id as a number with every digit, and an error only where they failed', async () => {
    const { get } = await openSandbox({ world: sixConnections() });
    const { text, body } = await get(path());
    expect(text).toContain('"marker_id":422321312321321321,');
    const withError = body.connections.filter((row: object) => 'error' in row);
    expect(withError).toMatchObject([
      { id: 'failed', error: [{ error_code: '1001', error_message: 'late' }] },
    ]);
  });

  test('are shown ten at a time by default, up to a thousand', async () => {
    const { cloud, get } = await openSandbox();
    const fleet = must(cloud.world.services.find(({ service_name: name }) => name.includes('fleet-api')));
    const list = v1(`/vpc-endpoint-services/${fleet.id}/connections`);
    expect((await get(list)).body.connections).toHaveLength(10);
    const first = (await get(`${list}?limit=1000`)).body;
    const second = (await get(`${list}?limit=1000&offset=1000`)).body;
    expect([first.connections.length, second.connections.length]).toEqual([1000, 200]);
    expect(new Set([idsOf(first), idsOf(second)].join(' ').split(' ')).size).toBe(1200);
  });

  test.each([
    { query: '?marker_id=1e3', code: 'EndPoint.0021' },
    { query: '?marker_id=', code: 'EndPoint.0021' },
    { query: '?status=deleting', code: 'EndPoint.0019' },
    { query: '?status=Accepted', code: 'EndPoint.0019' },
    { query: '?id=', code: 'EndPoint.0002' },
    { query: '?limit=1001', code: 'EndPoint.0006' },
    { query: '?offset=1.0', code: 'EndPoint.0010' },
    { query: '?sort_key=created_at', code: 'EndPoint.0017' },
    { query: '?sort_dir=up', code: 'EndPoint.0018' },
  ])('"$query" is refused with 400 $code', async ({ query, code }) => {
    const { get } = await openSandbox({ world: sixConnections() });
    expect(await get(path(query))).toMatchObject({ status: 400, body: { error_code: code } });
  });
});

describe('accepting and rejecting', () => {
  test.each([
    { action: 'receive', id: 'pendingAcceptance', ends: 'accepted' },
    { action: 'receive', id: 'rejected', ends: 'accepted' },
    { action: 'reject', id: 'pendingAcceptance', ends: 'rejected' },
    { action: 'reject', id: 'accepted', ends: 'rejected' },
  ])('$action of $id passes through creating and ends $ends', async ({ action, id, ends }) => {
    const clock = stopClock();
    const { get, post } = await openSandbox({ world: sixConnections() });
    const reply = await post(path('/action'), { action, endpoints: [id] });
    expect(reply).toMatchObject({ status: 200, body: { connections: [{ id, status: 'creating' }] } });
    expect((await get(path(`?id=${id}`))).body.connections[0].status).toBe('creating');
    clock.settle();
    const row = (await get(path(`?id=${id}`))).body.connections[0];
    expect(row.status).toBe(ends);
    expect(row.updated_at > '2026').toBe(true);
  });

  test('what is decided already stays as it is; what is on its way the other way is refused', async () => {
    const { post } = await openSandbox({ world: sixConnections() });
    const accepted = await post(path('/action'), { action: 'receive', endpoints: ['accepted'] });
    expect(accepted.body.connections[0].status).toBe('accepted');
    await post(path('/action'), { action: 'receive', endpoints: ['pendingAcceptance'] });
    const again = await post(path('/action'), { action: 'receive', endpoints: ['pendingAcceptance'] });
    expect(again.status).toBe(200);
    const opposite = await post(path('/action'), { action: 'reject', endpoints: ['pendingAcceptance'] });
    expect(opposite.body.error_code).toBe('EndPoint.2019');
  });

  test.each([
    {
      what: 'two endpoints',
      body: { action: 'receive', endpoints: ['accepted', 'rejected'] },
      code: 'EndPoint.2031',
    },
    {
      what: 'an id of 65 characters',
      body: { action: 'receive', endpoints: ['x'.repeat(65)] },
      code: 'EndPoint.0002',
    },
    { what: 'no endpoint', body: { action: 'receive', endpoints: [] }, code: 'EndPoint.0002' },
    { what: 'another action', body: { action: 'accept', endpoints: ['accepted'] }, code: 'EndPoint.0007' },
    {
      what: 'an endpoint of another service',
      body: { action: 'receive', endpoints: ['x'] },
      code: 'EndPoint.2013',
    },
    { what: 'a failed endpoint', body: { action: 'receive', endpoints: ['failed'] }, code: 'EndPoint.2047' },
    {
      what: 'an endpoint being created',
      body: { action: 'reject', endpoints: ['creating'] },
      code: 'EndPoint.2019',
    },
    {
      what: 'an endpoint being deleted',
      body: { action: 'reject', endpoints: ['deleting'] },
      code: 'EndPoint.2018',
    },
    {
      what: 'a second name for the list',
      body: { action: 'receive', endpoint_id_list: ['x'] },
      code: 'EndPoint.0002',
    },
  ])('$what is refused with 400 $code', async ({ body, code }) => {
    const { cloud, post } = await openSandbox({ world: sixConnections() });
    const before = structuredClone(cloud.world);
    expect(await post(path('/action'), body)).toMatchObject({ status: 400, body: { error_code: code } });
    expect(cloud.world).toEqual(before);
  });
});

describe('describing connections', () => {
  test('sets the text of several at once', async () => {
    const { get, put } = await openSandbox({ world: sixConnections() });
    const connections = [
      { id: 'accepted', description: 'reporting' },
      { id: 'failed', description: '' },
    ];
    const reply = await put(path('/description'), { connections });
    expect(reply).toMatchObject({ status: 200, body: { connections } });
    expect((await get(path('?id=accepted'))).body.connections[0].description).toBe('reporting');
  });

  test.each([
    { connections: [{ id: 'accepted', description: 'a < b' }], code: 'EndPoint.0002' },
    { connections: [{ id: 'accepted', description: 'x'.repeat(513) }], code: 'EndPoint.0002' },
    { connections: [{ id: 'accepted' }], code: 'EndPoint.0002' },
    {
      connections: [
        { id: 'accepted', description: 'kept out' },
        { id: 'x', description: '' },
      ],
      code: 'EndPoint.2013',
    },
  ])('$connections is refused with $code and changes nothing', async ({ connections, code }) => {
    const { cloud, put } = await openSandbox({ world: sixConnections() });
    expect(await put(path('/description'), { connections })).toMatchObject({
      status: 400,
      body: { error_code: code },
    });
    expect(must(cloud.world.services[0]).connections[0]?.description).toBe('');
  });
});
