import { expect, test } from 'vitest';
import {
  emptyWorld,
  makePermission,
  makeService,
  makeServiceConnection,
  SANDBOX,
} from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';
import { UNCLEAR, listWrites } from '../../support/writes.ts';

const CONNECTIONS = `mutation ($input: UpdateConnectionDescriptionsInput!) { updateConnectionDescriptions(input: $input) {
  clientMutationId connections { endpointId description } userErrors { code message field } } }`;
const PERMISSION = `mutation ($input: UpdatePermissionDescriptionInput!) { updatePermissionDescription(input: $input) {
  clientMutationId permission { permissionId description } userErrors { code message field } } }`;

const setUp = (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  world.services.push(
    makeService({
      id: 'service-1',
      connections: ['a', 'b'].map((id) => makeServiceConnection({ id, description: 'before' })),
      permissions: [makePermission({ id: 'record-1', description: 'before' })],
    }),
  );
  return gateway({ sandbox: { world }, settings });
};

const SERVICE = `/v1/${SANDBOX.projectId}/vpc-endpoint-services/service-1`;

const notes = [
  { endpointId: 'b', description: 'the second' },
  { endpointId: 'a', description: '' },
];
const ofConnections = { serviceId: 'service-1', connections: notes };
const ofPermission = { serviceId: 'service-1', permissionId: 'record-1', description: 'ours "&" <theirs>' };

test('connections are described in one call, and read after it', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CONNECTIONS, { input: { ...ofConnections, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(data.updateConnectionDescriptions).toEqual({
    clientMutationId: 'mine',
    connections: notes,
    userErrors: [],
  });
  const connections = notes.map(({ endpointId: id, description }) => ({ id, description }));
  expect(listWrites(sandbox)).toEqual([[`PUT ${SERVICE}/connections/description`, { connections }]]);
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  expect(sandbox.calls[0]!.headers).toMatchObject({
    'content-type': 'application/json',
    'x-auth-token': SANDBOX.token,
  });
});

test('a whitelist record is described, and read after it', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(PERMISSION, { input: { ...ofPermission, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  const { description } = ofPermission;
  expect(data.updatePermissionDescription).toEqual({
    clientMutationId: 'mine',
    permission: { permissionId: 'record-1', description },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([
    [`PUT ${SERVICE}/permissions/record-1`, { permission: { description } }],
  ]);
});

const both = [
  { name: 'updateConnectionDescriptions', mutation: CONNECTIONS, input: ofConnections, empty: 'connections' },
  { name: 'updatePermissionDescription', mutation: PERMISSION, input: ofPermission, empty: 'permission' },
];

test.each(UNCLEAR.flatMap((one) => both.map((change) => ({ ...one, ...change }))))(
  'after $what, $name was sent once, and the payload says what tells',
  async ({ fault, name, mutation, input, empty }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ method: 'PUT', path: /./, ...fault });
    const { data, errors } = await ask(mutation, { input });
    expect(errors).toBeUndefined();
    expect(data[name]).toMatchObject({
      [empty]: null,
      userErrors: [
        {
          code: 'INDETERMINATE',
          message: expect.stringContaining(`\`endpointService(by: { id: "service-1" }) { ${empty}`),
          field: null,
        },
      ],
    });
    expect(sandbox.calls).toHaveLength(1);
  },
);

test('notes whose answer was lost are looked for on every connection, and sent no more', async () => {
  const { ask, sandbox } = await setUp();
  const change = async () => {
    const input = { ...ofConnections, idempotencyKey: 'k' };
    return (await ask(CONNECTIONS, { input })).data.updateConnectionDescriptions;
  };
  sandbox.fault({ method: 'PUT', path: /./, reset: 'after' });
  expect((await change()).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
  expect(await change()).toMatchObject({ connections: notes, userErrors: [] });
  sandbox.world.services[0]!.connections[0]!.description = 'before';
  expect(await change()).toMatchObject({
    connections: null,
    userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining('does not show the change') }],
  });
  expect(listWrites(sandbox)).toHaveLength(1);
});

test.each(both)(
  'where a region does not have $name, it says so',
  async ({ name, mutation, input, empty }) => {
    const { ask, sandbox } = await setUp();
    sandbox.fault({ method: 'PUT', path: /./, respond: { status: 404, body: { error_code: 'APIGW.0101' } } });
    const { data, errors } = await ask(mutation, { input });
    expect(errors).toBeUndefined();
    expect(data[name]).toMatchObject({
      [empty]: null,
      userErrors: [{ code: 'BAD_USER_INPUT', message: expect.stringContaining('in this region') }],
    });
  },
);

test.each([
  { mutation: CONNECTIONS, input: { ...ofConnections, serviceId: 'elsewhere' }, code: 'EndPoint.0005' },
  {
    mutation: CONNECTIONS,
    input: { ...ofConnections, connections: [...notes, { endpointId: 'nobody', description: '' }] },
    code: 'EndPoint.2013',
  },
  { mutation: PERMISSION, input: { ...ofPermission, permissionId: 'nobody' }, code: 'EndPoint.0005' },
])('the refusal $code is data: NOT_FOUND', async ({ mutation, input, code }) => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(mutation, { input });
  expect(errors).toBeUndefined();
  expect(Object.values(data)).toMatchObject([
    { userErrors: [{ code: 'NOT_FOUND', message: expect.stringContaining(code) }] },
  ]);
  expect(sandbox.calls).toHaveLength(1);
});

test.each([
  { mutation: CONNECTIONS, said: { connections: [] }, message: /1 to 100 items/ },
  {
    mutation: CONNECTIONS,
    said: { connections: [notes[0], notes[0]] },
    message: /each endpoint once/,
  },
  {
    mutation: CONNECTIONS,
    said: { connections: [notes[0], { endpointId: 'a', description: 'a < b' }] },
    message: /`input.connections.1.description` must/,
  },
  {
    mutation: CONNECTIONS,
    said: { connections: [{ endpointId: 'a', description: 'x'.repeat(513) }] },
    message: /at most 512/,
  },
  {
    mutation: CONNECTIONS,
    said: { connections: [{ endpointId: '..', description: '' }] },
    message: /`input.connections.0.endpointId` must/,
  },
  { mutation: PERMISSION, said: { permissionId: 'a/b' }, message: /`input.permissionId` must/ },
  { mutation: PERMISSION, said: { description: 'x'.repeat(257) }, message: /at most 256/ },
])('the input $said is refused before any call', async ({ mutation, said, message }) => {
  const { ask, sandbox } = await setUp();
  const input = { ...(mutation === CONNECTIONS ? ofConnections : ofPermission), ...said };
  const { errors } = await ask(mutation, { input });
  expect(errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});
