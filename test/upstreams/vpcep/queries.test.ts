import { expect, test } from 'vitest';
import { gateway } from '../../support/gateway.ts';
import { tally } from '../../support/tally.ts';

const ORDERS = '0f646330-b378-43b7-84a7-d246790252ca';

test('a service is found by its id and by its full name', async () => {
  const { ask, calls } = await gateway();
  const { data } = await ask(
    `{ endpointService(by: { id: "${ORDERS}" }) { name label ownership connectionCount } }`,
  );
  expect(data.endpointService).toEqual({
    name: `cn-north-4.orders-search.${ORDERS}`,
    label: 'orders-search',
    ownership: 'OWN',
    connectionCount: 6,
  });
  calls();
  const named = await ask('query ($name: String!) { endpointService(by: { name: $name }) { serviceId } }', {
    name: data.endpointService.name,
  });
  expect(named.data.endpointService.serviceId).toBe(ORDERS);
  expect(tally(calls())).toEqual({ 'GET /vpc-endpoint-services/{id}': 1 });
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
    `{ endpointService(by: { id: "${foreign!.id}" }) { name ownership serviceType charged createdAt status ports { clientPort } connectionCount connections { totalCount } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.endpointService).toMatchObject({
    name: foreign!.service_name,
    ownership: 'VISIBLE',
    charged: true,
    createdAt: foreign!.created_at,
    status: null,
    ports: [],
    connectionCount: null,
    connections: null,
  });
});

test('what the upstream filters and orders by itself is left to it, page by page', async () => {
  const { ask, calls } = await gateway();
  await ask(
    '{ endpointServices(first: 3, filter: { name: "orders", status: [AVAILABLE] }, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }',
  );
  expect(calls()[0]).toMatch(
    /vpc-endpoint-services\?endpoint_service_name=orders&status=available&sort_dir=asc&offset=0&limit=3$/,
  );
  await ask(
    `{ endpointService(by: { id: "${ORDERS}" }) { connections(first: 2, filter: { status: [ACCEPTED], endpointId: "x" }) { nodes { endpointId } } } }`,
  );
  expect(calls()[1]).toMatch(/connections\?id=x&status=accepted&offset=0&limit=2$/);
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
