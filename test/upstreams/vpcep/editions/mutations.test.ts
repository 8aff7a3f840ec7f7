import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  SANDBOX,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const V2 = `/v2/${SANDBOX.projectId}`;
const LOAD_BALANCER = '20872649-163e-4302-83be-8ff6e31d9aa0';
const ERRORS = 'userErrors { code message field }';

const MUTATIONS = {
  upgradeEndpoint: {
    text: `mutation ($input: UpgradeEndpointInput!) { upgradeEndpoint(input: $input) { endpoint { status } ${ERRORS} } }`,
    input: { endpointId: 'ep' },
    call: [`POST ${V2}/vpc-endpoints/ep/upgrade`, { action: 'start' }],
    payload: { endpoint: { status: 'ACCEPTED' } },
  },
  upgradeEndpointService: {
    text: `mutation ($input: UpgradeEndpointServiceInput!) { upgradeEndpointService(input: $input) {
      endpointService { supportedEditions supportedEditionsRaw } ${ERRORS} } }`,
    input: { serviceId: 'basic' },
    call: [`POST ${V2}/vpc-endpoint-services/basic/upgrade`, null],
    payload: {
      endpointService: {
        supportedEditions: ['BASIC', 'PROFESSIONAL'],
        supportedEditionsRaw: ['basic', 'profession'],
      },
    },
  },
  addServerResources: {
    text: `mutation ($input: AddServerResourcesInput!) { addServerResources(input: $input) {
      endpointService { serviceId } ${ERRORS} } }`,
    input: {
      serviceId: 'basic',
      serverResources: [{ loadBalancerId: LOAD_BALANCER, availabilityZone: 'cn-east-4a' }],
    },
    call: [
      `POST ${V2}/vpc-endpoint-services/basic/add-server-resources`,
      { server_resources: [{ resource_id: LOAD_BALANCER, availability_zone_id: 'cn-east-4a' }] },
    ],
    payload: { endpointService: { serviceId: 'basic' } },
  },
};
const NAMES = Object.keys(MUTATIONS) as (keyof typeof MUTATIONS)[];

const setUp = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const professional = makeService({ id: 'professional', supported_editions: ['basic', 'profession'] });
  const connection = makeServiceConnection({ id: 'ep' });
  professional.connections.push(connection);
  world.services.push(professional, makeService({ id: 'basic' }));
  world.endpoints.push(makeEndpoint(connection, professional));
  return gateway({ sandbox: { world, lagMs: 0, settleMs: 60_000 }, settings });
};

test.each(NAMES)('%s is sent once, and the payload leads back', async (name) => {
  const { text, input, call, payload } = MUTATIONS[name];
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(text, { input });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([call]);
  expect(data[name]).toEqual({ ...payload, userErrors: [] });
});

test.each(UNCLEAR.flatMap((one) => NAMES.map((name) => ({ ...one, name }))))(
  'after $what, $name was sent once, and is not sent again with its key',
  async ({ fault, name }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '400' });
    const { text, input } = MUTATIONS[name];
    sandbox.fault({ method: 'POST', path: /./, ...fault });
    const change = async () => (await ask(text, { input: { ...input, idempotencyKey: 'k' } })).data[name];
    expect((await change()).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
    sandbox.clearFaults();
    // The editions of a service can be read; nothing else of this can.
    const isFound = name === 'upgradeEndpointService' && fault.reset === 'after';
    expect((await change()).userErrors).toHaveLength(isFound ? 0 : 1);
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

test.each([
  { name: 'upgradeEndpoint', change: { endpointId: 'none' }, code: 'NOT_FOUND' },
  { name: 'upgradeEndpointService', change: { serviceId: 'none' }, code: 'NOT_FOUND' },
  { name: 'addServerResources', change: { serviceId: 'none' }, code: 'NOT_FOUND' },
] as const)('$name tells that there is none', async ({ name, change, code }) => {
  const { ask } = await setUp();
  const { text, input } = MUTATIONS[name];
  const { data } = await ask(text, { input: { ...input, ...change } });
  expect(data[name].userErrors).toMatchObject([{ code, field: ['input', expect.any(String)] }]);
});

test('an endpoint whose upgrade runs, or whose service takes no such endpoints, is refused', async () => {
  const { ask, sandbox } = await setUp();
  const { text, input } = MUTATIONS.upgradeEndpoint;
  await ask(text, { input });
  const { data } = await ask(text, { input });
  expect(data.upgradeEndpoint).toMatchObject({ endpoint: null, userErrors: [{ code: 'CONFLICT' }] });
  sandbox.world.endpoints[0]!.endpoint_service_id = 'basic';
  delete sandbox.world.endpoints[0]!.edition;
  const { data: other } = await ask(text, { input });
  expect(other.upgradeEndpoint.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
});

test.each([
  [[], '`input.serverResources` must have 1 to 20 items.'],
  [[{ loadBalancerId: 'lb-1' }], '`input.serverResources.0.loadBalancerId` must be a UUID'],
  [
    [{ loadBalancerId: LOAD_BALANCER }, { loadBalancerId: LOAD_BALANCER }],
    '`input.serverResources` must name each load balancer once.',
  ],
])('%j are refused before any call', async (serverResources, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(MUTATIONS.addServerResources.text, {
    input: { serviceId: 'basic', serverResources },
  });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test.each(NAMES)('a region without %s says so', async (name) => {
  const { ask, sandbox } = await setUp();
  sandbox.world.edition = 'otc';
  const { text, input } = MUTATIONS[name];
  const { data } = await ask(text, { input });
  expect(data[name].userErrors).toMatchObject([
    { code: 'BAD_USER_INPUT', message: expect.stringContaining('no such operation in this region') },
  ]);
});
