import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeEndpoint,
  makeServiceConnection,
  makeVisibleService,
  SANDBOX,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const PATH = `/v1/${SANDBOX.projectId}/vpc-endpoints/ep/routetables`;
const UPDATE = `mutation ($input: UpdateEndpointRouteTablesInput!) { updateEndpointRouteTables(input: $input) {
  endpoint { endpointId routeTableIds } userErrors { code message field } } }`;

/** Two endpoints of one VPC to the same gateway service: a route table can lead to one of them. */
const setUp = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const service = makeVisibleService({ id: 'storage', service_type: 'gateway' });
  world.visibleServices.push(service);
  world.endpoints.push(
    makeEndpoint(makeServiceConnection({ id: 'ep' }), service, { routetables: ['a'] }),
    makeEndpoint(makeServiceConnection({ id: 'other' }), service, { routetables: ['taken'] }),
  );
  return gateway({ sandbox: { world, lagMs: 0 }, settings });
};

test('the route tables are replaced, and read after it', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(UPDATE, { input: { endpointId: 'ep', routeTableIds: ['b', 'c'] } });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([[`PUT ${PATH}`, { routetables: ['b', 'c'] }]]);
  expect(data.updateEndpointRouteTables).toEqual({
    endpoint: { endpointId: 'ep', routeTableIds: ['b', 'c'] },
    userErrors: [],
  });
});

test('what fails under status 200 is told, each with its place, beside what was changed', async () => {
  const { ask, sandbox } = await setUp();
  const { data } = await ask(UPDATE, { input: { endpointId: 'ep', routeTableIds: ['b', 'taken'] } });
  expect(sandbox.calls[0]!.status).toBe(200);
  expect(data.updateEndpointRouteTables).toEqual({
    endpoint: { endpointId: 'ep', routeTableIds: ['b'] },
    userErrors: [
      {
        code: 'CONFLICT',
        message: expect.stringContaining('`taken` does not lead to the endpoint'),
        field: ['input', 'routeTableIds', '1'],
      },
    ],
  });
  sandbox.fault({
    path: /routetables$/,
    respond: {
      status: 200,
      body: {
        routetables: ['b', 'c', 'a'],
        error: [{ bind_failed: null, unbind_failed: [{ id: 'a', error_message: 'words of the vendor' }] }],
      },
    },
  });
  const { data: again } = await ask(UPDATE, { input: { endpointId: 'ep', routeTableIds: ['b', 'c'] } });
  expect(again.updateEndpointRouteTables.userErrors).toEqual([
    {
      code: 'CONFLICT',
      message: expect.stringContaining('`a` still leads'),
      field: ['input', 'routeTableIds'],
    },
  ]);
  expect(JSON.stringify(again)).not.toContain('words of the vendor');
});

test('where every table fails nothing was changed, and the key can be used again', async () => {
  const { ask, sandbox } = await setUp();
  const input = { endpointId: 'ep', routeTableIds: ['taken'], idempotencyKey: 'k' };
  const { data } = await ask(UPDATE, { input });
  expect(data.updateEndpointRouteTables).toMatchObject({
    endpoint: null,
    userErrors: [{ code: 'CONFLICT' }],
  });
  sandbox.world.endpoints.pop();
  const { data: again } = await ask(UPDATE, { input });
  expect(again.updateEndpointRouteTables).toMatchObject({
    endpoint: { routeTableIds: ['taken'] },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toHaveLength(2);
});

test.each([
  [[], '`input.routeTableIds` must have 1 to 10 items.'],
  [Array.from({ length: 11 }, (_, at) => `t${at}`), '`input.routeTableIds` must have 1 to 10 items.'],
  [['a', 'a'], '`input.routeTableIds` must name each route table once.'],
  [['a b'], '`input.routeTableIds` must be'],
])('%j are refused before any call', async (routeTableIds, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(UPDATE, { input: { endpointId: 'ep', routeTableIds } });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('an interface endpoint has no route tables', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.world.endpoints[0]!.service_type = 'interface';
  const { data } = await ask(UPDATE, { input: { endpointId: 'ep', routeTableIds: ['b'] } });
  expect(data.updateEndpointRouteTables).toMatchObject({
    endpoint: null,
    userErrors: [{ code: 'CONFLICT' }],
  });
});

test.each(UNCLEAR)(
  'after $what it was sent once; a repeat with the key tells whether it shows',
  async ({ fault }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '400' });
    const input = { endpointId: 'ep', routeTableIds: ['b'], idempotencyKey: 'k' };
    sandbox.fault({ method: 'PUT', path: /./, ...fault });
    const { data } = await ask(UPDATE, { input });
    expect(data.updateEndpointRouteTables).toMatchObject({
      endpoint: null,
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('routeTableIds') }],
    });
    sandbox.clearFaults();
    const { data: again } = await ask(UPDATE, { input });
    const tookEffect = fault.reset === 'after';
    expect(again.updateEndpointRouteTables).toMatchObject(
      tookEffect
        ? { endpoint: { routeTableIds: ['b'] }, userErrors: [] }
        : { endpoint: null, userErrors: [{ code: 'INDETERMINATE' }] },
    );
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);
