import { describe, expect, test } from 'vitest';
import { emptyWorld, makeService, makeVisibleService } from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';
import { countCalls } from '../../support/count-calls.ts';

const ORDERS = '0f646330-b378-43b7-84a7-d246790252ca';

test('a service is found by its id and by its full name', async () => {
  const { ask, calls } = await gateway();
  const { data } = await ask(
    `{ endpointService(by: { id: "${ORDERS}" }) { name label ownership activeConnectionCount } }`,
  );
  expect(data.endpointService).toEqual({
    name: `cn-north-4.orders-search.${ORDERS}`,
    label: 'orders-search',
    ownership: 'OWN',
    activeConnectionCount: 6,
  });
  calls();
  const named = await ask('query ($name: String!) { endpointService(by: { name: $name }) { serviceId } }', {
    name: data.endpointService.name,
  });
  expect(named.data.endpointService.serviceId).toBe(ORDERS);
  expect(countCalls(calls())).toEqual({ 'GET /vpc-endpoint-services/{id}': 1 });
});

test('a name is compared exactly: a part of one, or one with another label, finds nothing', async () => {
  const { ask } = await gateway();
  for (const name of ['orders-search', `cn-north-4.orders.${ORDERS}`]) {
    const { data, errors } = await ask(
      'query ($name: String!) { endpointService(by: { name: $name }) { serviceId } }',
      { name },
    );
    expect(data).toEqual({ endpointService: null });
    expect(errors).toMatchObject([{ path: ['endpointService'], extensions: { code: 'NOT_FOUND' } }]);
  }
});

test('exactly one of id and name is asked for', async () => {
  const { ask, calls } = await gateway();
  const { errors } = await ask(`{ endpointService(by: { id: "a", name: "b" }) { name } }`);
  expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(calls()).toEqual([]);
});

test('a service of another account shows its basic facts, and null for the rest', async () => {
  const { ask, sandbox } = await gateway();
  const [foreign] = sandbox.world.visibleServices;
  const { data, errors } = await ask(
    `{ endpointService(by: { id: "${foreign!.id}" }) { name ownership serviceType charged createdAt status ports { clientPort } activeConnectionCount connections { totalCount } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.endpointService).toMatchObject({
    name: foreign!.service_name,
    ownership: 'VISIBLE',
    charged: true,
    createdAt: foreign!.created_at,
    status: null,
    ports: [],
    activeConnectionCount: null,
    connections: null,
  });
});

test('what the upstream filters and orders by itself is left to it, page by page', async () => {
  const { ask, calls } = await gateway();
  await ask(
    '{ endpointServices(first: 3, filter: { name: "orders", status: [AVAILABLE] }, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }',
  );
  expect(calls()[0]).toMatch(
    /vpc-endpoint-services\?endpoint_service_name=orders&status=available&sort_dir=asc&offset=0&limit=4$/,
  );
  await ask(
    `{ endpointService(by: { id: "${ORDERS}" }) { connections(first: 2, filter: { status: [ACCEPTED], endpointId: "x" }) { nodes { endpointId } } } }`,
  );
  expect(calls()[0]).toMatch(/connections\?id=x&status=accepted&offset=0&limit=3$/);
});

test('an order the upstream may spell otherwise is made by the gateway, over the whole list', async () => {
  const { ask, calls } = await gateway();
  const { data } = await ask(
    '{ endpointServices(orderBy: { field: UPDATED_AT, direction: ASC }) { nodes { updatedAt } } }',
  );
  const times = data.endpointServices.nodes.map(({ updatedAt }: { updatedAt: string }) => updatedAt);
  expect(times).toEqual(times.toSorted());
  expect(calls()[0]).not.toContain('sort_key');
});

test('failures of services are told in either spelling', async () => {
  const { ask } = await gateway();
  const { data } = await ask(
    '{ endpointServices(filter: { status: [FAILED] }) { nodes { label failures { code message } } } }',
  );
  expect(data.endpointServices.nodes).toHaveLength(2);
  for (const { failures } of data.endpointServices.nodes) {
    expect(failures[0]).toEqual({ code: expect.any(String), message: expect.any(String) });
  }
});

describe('the lists of a service that is asked for by its id', () => {
  const DETAIL = 'GET /vpc-endpoint-services/{id}';
  const [CONNECTIONS, PERMISSIONS] = [`${DETAIL}/connections`, `${DETAIL}/permissions`];

  test.each([
    { fields: 'connections { totalCount }', wanted: { [CONNECTIONS]: 1 } },
    { fields: 'id region connections(first: 2) { nodes { endpointId } }', wanted: { [CONNECTIONS]: 1 } },
    { fields: 'permissions { totalCount } serviceId', wanted: { [PERMISSIONS]: 1 } },
    {
      fields:
        'a: connections { totalCount } b: connections(first: 3) { nodes { status } } permissions { totalCount }',
      wanted: { [CONNECTIONS]: 1, [PERMISSIONS]: 1 },
    },
    { fields: 'name connections { totalCount }', wanted: { [DETAIL]: 1, [CONNECTIONS]: 1 } },
    { fields: 'serviceId', wanted: { [DETAIL]: 1 } },
  ])('cost a call for its detail only where that is asked for: $fields', async ({ fields, wanted }) => {
    const { ask, calls } = await gateway();
    const { data, errors } = await ask(`{ endpointService(by: { id: "${ORDERS}" }) { ${fields} } }`);
    expect(errors).toBeUndefined();
    expect(data.endpointService).not.toBeNull();
    expect(countCalls(calls())).toEqual(wanted);
  });

  test('are what they are beside its detail', async () => {
    const { ask } = await gateway();
    const list = 'connections(first: 3) { totalCount nodes { id endpointId } pageInfo { endCursor } }';
    const { data } = await ask(
      `{ a: endpointService(by: { id: "${ORDERS}" }) { id ${list} } b: endpointService(by: { id: "${ORDERS}" }) { id name ${list} } }`,
    );
    const { name, ...same } = data.b;
    expect(name).toContain(ORDERS);
    expect(data.a).toEqual(same);
  });

  test('are null where it is of another account, and it is told where there is none', async () => {
    const { ask, sandbox } = await gateway();
    const [foreign] = sandbox.world.visibleServices;
    const lists = '{ connections { totalCount } permissions { totalCount } }';
    const seen = await ask(`{ endpointService(by: { id: "${foreign!.id}" }) ${lists} }`);
    expect(seen).toMatchObject({ data: { endpointService: { connections: null, permissions: null } } });
    expect(seen.errors).toBeUndefined();
    const none = await ask(`{ endpointService(by: { id: "none" }) ${lists} }`);
    expect(none.data).toEqual({ endpointService: null });
    expect(none.errors).toMatchObject([{ path: ['endpointService'], extensions: { code: 'NOT_FOUND' } }]);
  });
});

const DETAILS =
  'serverAddress cidrType cidrTypeRaw ipVersion ipVersionRaw snatNetworkId poolId publicBorderGroup';

const withDetails = () =>
  makeService({
    id: 'detailed',
    ip: 'backend.example.com',
    cidr_type: 'public',
    ip_version: 'ipv6',
    snat_network_id: 'n1',
    pool_id: 'p1',
    public_border_group: 'edge-1',
  });

const EXPECTED_DETAILS = {
  serverAddress: 'backend.example.com',
  cidrType: 'PUBLIC',
  cidrTypeRaw: 'public',
  ipVersion: 'IPV6',
  ipVersionRaw: 'ipv6',
  snatNetworkId: 'n1',
  poolId: 'p1',
  publicBorderGroup: 'edge-1',
};

test('what only the detail of a service has takes one call for each service of a list, and none beside the detail', async () => {
  const world = { ...emptyWorld(), services: [withDetails(), makeService({ id: 'plain' })] };
  const { ask, calls } = await gateway({ sandbox: { world } });
  const one = await ask(`{ endpointService(by: { id: "detailed" }) { ${DETAILS} } }`);
  expect(one.data.endpointService).toEqual(EXPECTED_DETAILS);
  expect(calls()).toHaveLength(1);
  const { data } = await ask(`{ endpointServices { nodes { serviceId ${DETAILS} } } }`);
  const byId = new Map(
    data.endpointServices.nodes.map((node: { serviceId: string }) => [node.serviceId, node]),
  );
  expect(byId.get('detailed')).toEqual({ serviceId: 'detailed', ...EXPECTED_DETAILS });
  expect(byId.get('plain')).toMatchObject({ cidrType: 'INTERNAL', ipVersion: null, serverAddress: null });
  expect(calls()).toHaveLength(3);
  await ask('{ endpointServices { nodes { serverAddress poolId publicBorderGroup } } }');
  expect(calls()).toHaveLength(1);
});

test('a service of another account shows none of its details, without a call for them', async () => {
  const world = emptyWorld();
  world.visibleServices.push(makeVisibleService({ id: 'foreign', public_border_group: 'edge-2' }));
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(`{ endpointService(by: { id: "foreign" }) { ${DETAILS} } }`);
  expect(errors).toBeUndefined();
  expect(data.endpointService).toMatchObject({
    cidrType: null,
    snatNetworkId: null,
    publicBorderGroup: 'edge-2',
  });
  expect(calls()).toHaveLength(2);
});
