import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeEndpoint,
  makeService,
  makeServiceConnection,
  makeVisibleService,
  SANDBOX,
} from '../../../../src/sandbox/world.ts';
import { gateway } from '../../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../../support/writes.ts';

const ENDPOINTS = `/v1/${SANDBOX.projectId}/vpc-endpoints`;
const POLICY = `policy { opensToEveryone statements { sid effect effectRaw principals actions resources
  conditions { operator key values } } }`;
const ERRORS = 'userErrors { code message field }';
const UPDATE = `mutation ($input: UpdateEndpointPolicyInput!) { updateEndpointPolicy(input: $input) {
  endpoint { endpointId subnetId ${POLICY} } ${ERRORS} } }`;
const DELETE = `mutation ($input: DeleteEndpointPolicyInput!) { deleteEndpointPolicy(input: $input) {
  endpoint { endpointId ${POLICY} } ${ERRORS} } }`;
const READ = `query ($id: ID!) { endpoint(endpointId: $id) { ${POLICY} } }`;

/** An endpoint to object storage, one to an interface service, and one to a service without policies. */
const setUp = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const storage = makeVisibleService({ id: 'storage', service_type: 'gateway', enable_policy: true });
  const search = makeService({ id: 'search', enable_policy: true });
  const plain = makeService({ id: 'plain' });
  world.visibleServices.push(storage);
  world.services.push(search, plain);
  for (const service of [storage, search, plain])
    world.endpoints.push(makeEndpoint(makeServiceConnection({ id: `to-${service.id}` }), service));
  world.endpoints[0]!.policy_statement = [{ Effect: 'Deny', Action: ['obs:*:*'], Resource: ['obs:*:*:*:*'] }];
  return gateway({ sandbox: { world, settleMs: 0, lagMs: 0 }, settings });
};

const NARROW = {
  effect: 'ALLOW',
  actions: ['obs:object:GetObject'],
  resources: ['obs:*:*:object:reports/*'],
  sid: 'reports',
  conditions: [
    { operator: 'StringEquals', key: 'g:ResourceOrgId', values: ['o-1', 'o-2'] },
    { operator: 'StringEquals', key: 'g:SourceVpc', values: ['v-1'] },
  ],
};
const WIRE = {
  Sid: 'reports',
  Effect: 'Allow',
  Action: ['obs:object:GetObject'],
  Resource: ['obs:*:*:object:reports/*'],
  Condition: { StringEquals: { 'g:ResourceOrgId': ['o-1', 'o-2'], 'g:SourceVpc': ['v-1'] } },
};
const OPEN = { effect: 'ALLOW', actions: ['*'], resources: ['*'] };

test('a gateway endpoint gets statements, and the payload has the endpoint with them', async () => {
  const { ask, sandbox, calls } = await setUp();
  const { data, errors } = await ask(UPDATE, { input: { endpointId: 'to-storage', statements: [NARROW] } });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([[`PUT ${ENDPOINTS}/to-storage/policy`, { policy_statement: [WIRE] }]]);
  expect(data.updateEndpointPolicy).toEqual({
    endpoint: {
      endpointId: 'to-storage',
      subnetId: 'c0f79f7c-8eb1-4b5a-a78d-0f9a3a1b1d2e',
      policy: { opensToEveryone: false, statements: [{ ...NARROW, effectRaw: 'Allow', principals: [] }] },
    },
    userErrors: [],
  });
  expect(calls().map((call) => call.replace(`/v1/${SANDBOX.projectId}`, ''))).toEqual([
    'GET /vpc-endpoints/to-storage',
    'GET /vpc-endpoint-services/describe?id=storage',
    'PUT /vpc-endpoints/to-storage/policy',
    'GET /vpc-endpoints/to-storage',
  ]);
});

test('conditions may be called as what every object has', async () => {
  const { ask, sandbox } = await setUp();
  const names = ['toString', 'constructor', '__proto__'];
  const conditions = names.flatMap((operator) => names.map((key) => ({ operator, key, values: ['a'] })));
  const statements = [{ ...NARROW, conditions }];
  const { data, errors } = await ask(UPDATE, { input: { endpointId: 'to-storage', statements } });
  expect(errors).toBeUndefined();
  expect(data.updateEndpointPolicy.userErrors).toEqual([]);
  const keys = Object.fromEntries(names.map((key) => [key, ['a']]));
  const wire = Object.fromEntries(names.map((operator) => [operator, keys]));
  expect(JSON.stringify(listWrites(sandbox)[0]![1].policy_statement[0].Condition)).toBe(JSON.stringify(wire));
});

test('any other endpoint gets a document, which is about everyone', async () => {
  const { ask, sandbox } = await setUp();
  const { data } = await ask(UPDATE, { input: { endpointId: 'to-search', statements: [NARROW] } });
  expect(listWrites(sandbox).map(([, body]) => body)).toEqual([
    { policy_document: { Version: '5.0', Statement: [{ ...WIRE, Principal: '*' }] } },
  ]);
  expect(data.updateEndpointPolicy.endpoint.policy.statements).toMatchObject([
    { principals: ['*'], sid: 'reports' },
  ]);
});

test('where the service supports no policies, nothing is sent', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(UPDATE, { input: { endpointId: 'to-plain', statements: [NARROW] } });
  expect(errors).toBeUndefined();
  expect(data.updateEndpointPolicy).toMatchObject({
    endpoint: null,
    userErrors: [{ code: 'BAD_USER_INPUT', field: ['input', 'endpointId'] }],
  });
  expect(listWrites(sandbox)).toEqual([]);
});

test.each([
  OPEN,
  { effect: 'ALLOW', actions: ['obs:*:*'], resources: ['obs:*:*:*:*/*'] },
  { effect: 'ALLOW', actions: ['obs:object:GetObject', 'obs:object:*'], resources: ['obs:*:*:object:*'] },
])('a policy that opens to everyone has to be said: $actions on $resources', async (statement) => {
  const { ask, sandbox } = await setUp();
  const input = { endpointId: 'to-storage', statements: [NARROW, statement] };
  const { errors } = await ask(UPDATE, { input });
  expect(errors).toMatchObject([
    { message: expect.stringContaining('`input.statements.1`'), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
  const { data } = await ask(UPDATE, { input: { ...input, openToEveryone: true } });
  expect(data.updateEndpointPolicy).toMatchObject({
    endpoint: { policy: { opensToEveryone: true } },
    userErrors: [],
  });
});

test.each([
  { ...OPEN, effect: 'DENY' },
  { ...OPEN, actions: ['obs:object:GetObject'] },
  { ...OPEN, resources: ['obs:*:*:object:reports/*'] },
  { ...OPEN, conditions: [{ operator: 'StringEquals', key: 'k', values: ['v'] }] },
])('what is narrowed needs no saying: $effect $actions on $resources', async (statement) => {
  const { ask } = await setUp();
  const { data } = await ask(UPDATE, { input: { endpointId: 'to-storage', statements: [statement] } });
  expect(data.updateEndpointPolicy).toMatchObject({
    endpoint: { policy: { opensToEveryone: false } },
    userErrors: [],
  });
});

test.each([
  [{ statements: [] }, '`input.statements` must have 1 to 10 items.'],
  [{ statements: Array.from({ length: 11 }, () => NARROW) }, '`input.statements` must have 1 to 10 items.'],
  [{ statements: [{ ...NARROW, actions: [] }] }, '`input.statements.0.actions` must have 1 to 100 items.'],
  [{ statements: [{ ...NARROW, resources: [''] }] }, '`input.statements.0.resources` must be'],
  [
    { statements: [{ ...NARROW, effect: 'UNKNOWN' }] },
    '`input.statements.0.effect` must be one of ALLOW, DENY.',
  ],
  [
    {
      statements: Array.from({ length: 10 }, () => ({
        ...NARROW,
        resources: Array.from({ length: 3 }, () => 'x'.repeat(1000)),
      })),
    },
    '`input.statements` is longer than a policy may be.',
  ],
  [{ endpointId: 'a/b', statements: [NARROW] }, '`input.endpointId` must be'],
])('%j is refused before any call', async (wrong, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(UPDATE, { input: { endpointId: 'to-storage', ...wrong } });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test.each([
  { id: 'none', status: 'accepted', code: 'NOT_FOUND' },
  { id: 'to-storage', status: 'failed', code: 'CONFLICT' },
  { id: 'to-storage', status: 'deleting', code: 'CONFLICT' },
])('an endpoint $id that is $status is refused with $code', async ({ id, status, code }) => {
  const { ask, sandbox } = await setUp();
  sandbox.world.endpoints[0]!.connection.status = status;
  const { data } = await ask(UPDATE, { input: { endpointId: id, statements: [NARROW] } });
  expect(data.updateEndpointPolicy).toMatchObject({
    endpoint: null,
    userErrors: [{ code, field: ['input', 'endpointId'] }],
  });
});

test('the deletion of a policy has to be said, and one that is not there is deleted', async () => {
  const { ask, sandbox } = await setUp();
  const input = { endpointId: 'to-storage' };
  const { errors } = await ask(DELETE, { input });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(sandbox.calls).toEqual([]);
  for (let times = 0; times < 2; times += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the second one finds nothing
    const { data } = await ask(DELETE, { input: { ...input, openToEveryone: true } });
    expect(data.deleteEndpointPolicy.userErrors).toEqual([]);
  }
  expect(sandbox.calls.filter(({ method }) => method === 'DELETE').map(({ status }) => status)).toEqual([
    200, 400,
  ]);
  const { data } = await ask(READ, { id: 'to-storage' });
  expect(data.endpoint.policy).toBeNull();
});

test('the policy of an interface endpoint cannot be deleted', async () => {
  const { ask } = await setUp();
  const { data } = await ask(DELETE, { input: { endpointId: 'to-search', openToEveryone: true } });
  expect(data.deleteEndpointPolicy).toMatchObject({
    endpoint: null,
    userErrors: [{ code: 'BAD_USER_INPUT', message: expect.stringContaining('updateEndpointPolicy') }],
  });
});

const both = [
  {
    name: 'updateEndpointPolicy',
    mutation: UPDATE,
    input: { endpointId: 'to-storage', statements: [NARROW] },
  },
  {
    name: 'deleteEndpointPolicy',
    mutation: DELETE,
    input: { endpointId: 'to-storage', openToEveryone: true },
  },
];

test.each(UNCLEAR.flatMap((one) => both.map((change) => ({ ...one, ...change }))))(
  'after $what, $name was sent once; a repeat with the key tells whether the policy shows it',
  async ({ fault, name, mutation, input }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '400' });
    for (const method of ['PUT', 'DELETE']) sandbox.fault({ method, path: /./, ...fault });
    const change = async () => {
      const { data } = await ask(mutation, { input: { ...input, idempotencyKey: 'k' } });
      return data[name];
    };
    expect(await change()).toMatchObject({ endpoint: null, userErrors: [{ code: 'INDETERMINATE' }] });
    sandbox.clearFaults();
    const tookEffect = fault.reset === 'after';
    expect((await change()).userErrors).toHaveLength(tookEffect ? 0 : 1);
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

test('policies of other shapes are read as far as they go', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.world.endpoints[1]!.policy_document = {
    Version: '5.0',
    Statement: [
      {
        Effect: 'Perhaps',
        Principal: { IAM: ['a', 'b'] },
        Action: 'one',
        Resource: ['two'],
        Condition: { Bool: { k: true } },
      },
    ],
  };
  const { data, errors } = await ask(READ, { id: 'to-search' });
  expect(errors).toBeUndefined();
  expect(data.endpoint.policy).toEqual({
    opensToEveryone: false,
    statements: [
      {
        sid: null,
        effect: 'UNKNOWN',
        effectRaw: 'Perhaps',
        principals: ['IAM:a', 'IAM:b'],
        actions: ['one'],
        resources: ['two'],
        conditions: [{ operator: 'Bool', key: 'k', values: ['true'] }],
      },
    ],
  });
});

test('a new endpoint can have a policy from the start', async () => {
  const { ask, sandbox } = await setUp();
  const create = `mutation ($input: CreateEndpointInput!) { createEndpoint(input: $input) {
    endpoint { ${POLICY} } ${ERRORS} } }`;
  const gatewayInput = { serviceId: 'storage', vpcId: 'v', policyStatements: [NARROW] };
  expect((await ask(create, { input: gatewayInput })).data.createEndpoint).toMatchObject({
    endpoint: { policy: { statements: [{ sid: 'reports' }] } },
    userErrors: [],
  });
  const { data } = await ask(create, {
    input: { serviceId: 'search', vpcId: 'v', subnetId: 's', policyStatements: [OPEN], openToEveryone: true },
  });
  expect(data.createEndpoint).toMatchObject({
    endpoint: { policy: { opensToEveryone: true } },
    userErrors: [],
  });
  expect(listWrites(sandbox).map(([, body]) => Object.keys(body as object).at(-1))).toEqual([
    'policy_statement',
    'policy_document',
  ]);
  const { errors } = await ask(create, { input: { ...gatewayInput, policyStatements: [OPEN] } });
  expect(errors).toMatchObject([{ message: expect.stringContaining('`input.policyStatements.0`') }]);
});
