import { expect, test } from 'vitest';
import { emptyWorld, makeCluster, makePermission, makeService, SANDBOX } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { UNCLEAR, listWrites } from '../support/writes.ts';

const FIELDS = 'permissions { permission kind description } added removed userErrors { code message field }';
const ADD = `mutation ($input: AddPermissionsInput!) { addPermissions(input: $input) { clientMutationId ${FIELDS} } }`;
const REMOVE = `mutation ($input: RemovePermissionsInput!) { removePermissions(input: $input) { clientMutationId ${FIELDS} } }`;

const account = (digit: number | string) => String(digit).padStart(32, '0');
const domain = (digit: number | string) => `iam:domain::${account(digit)}`;
const PATH = 'o-1a2b/r-3c4d/ou-5e6f/*';
const ORG_PATH = `organizations:orgPath::${PATH}`;

const CLUSTER = { clusterId: 'cluster-1' };
const SERVICE = { serviceId: 'service-1' };
const TO_CLUSTER = `POST /v1.0/${SANDBOX.projectId}/clusters/cluster-1/vpcepservice/permissions`;
const toService = (call: string) =>
  `POST /v1/${SANDBOX.projectId}/vpc-endpoint-services/service-1/permissions/${call}`;

const records = (texts: readonly string[]) =>
  texts.map((permission) => makePermission({ permission, id: `record-${permission.slice(-3)}` }));

const clusterWith = async (
  texts: readonly string[],
  partial: Parameters<typeof makeCluster>[0] = {},
  settings: Record<string, string> = {},
) => {
  const world = emptyWorld();
  world.clusters.push(makeCluster({ id: 'cluster-1', permissions: records(texts), ...partial }));
  return gateway({ sandbox: { world }, settings });
};

const serviceWith = async (texts: readonly string[], settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  world.services.push(makeService({ id: 'service-1', permissions: records(texts) }));
  return gateway({ sandbox: { world }, settings });
};

/** A region that lacks the newer calls. */
const OLDER = {
  path: /batch-(create|delete)$/,
  respond: { status: 404, body: { error_code: 'APIGW.0101', error_msg: 'no such API', request_id: 'r' } },
};

test('an account is added to a cluster by writing the whole list, without prefixes', async () => {
  const { ask, sandbox } = await clusterWith([domain(1), domain(2)]);
  const input = { parent: CLUSTER, principals: [account(3), domain(1), domain(3)], clientMutationId: 'mine' };
  const { data, errors } = await ask(ADD, { input });
  expect(errors).toBeUndefined();
  expect(data.addPermissions).toEqual({
    clientMutationId: 'mine',
    permissions: [1, 2, 3].map((digit) => ({ permission: domain(digit), kind: 'DOMAIN', description: null })),
    added: [domain(3)],
    removed: [],
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([
    [TO_CLUSTER, { vpc_permissions: [account(1), account(2), account(3)] }],
  ]);
  expect(sandbox.calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'GET', 'GET']);
  expect(sandbox.calls[2]!.headers).toMatchObject({
    'content-type': 'application/json',
    'x-auth-token': SANDBOX.token,
  });
});

test('an account is removed from a cluster by writing the rest', async () => {
  const { ask, sandbox } = await clusterWith([domain(1), domain(2)]);
  const { data } = await ask(REMOVE, { input: { parent: CLUSTER, principals: [account(1), account(9)] } });
  expect(data.removePermissions).toMatchObject({
    permissions: [{ permission: domain(2) }],
    added: [],
    removed: [domain(1)],
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[TO_CLUSTER, { vpc_permissions: [account(2)] }]]);
});

test.each([
  { mutation: ADD, before: [domain(1)], principals: [account(1)] },
  { mutation: REMOVE, before: [domain(1)], principals: [account(2)] },
  { mutation: REMOVE, before: [], principals: ['*'] },
])('nothing is sent to a cluster where nothing changes: $principals', async (one) => {
  const { ask, sandbox } = await clusterWith(one.before);
  const { data } = await ask(one.mutation, { input: { parent: CLUSTER, principals: one.principals } });
  expect(Object.values(data)).toMatchObject([{ added: [], removed: [], userErrors: [] }]);
  expect(listWrites(sandbox)).toEqual([]);
});

test('a change that would leave the list of a cluster empty is refused', async () => {
  const { ask, sandbox } = await clusterWith([domain(1), domain(2)]);
  const input = { parent: CLUSTER, principals: [account(1), account(2)] };
  const { data, errors } = await ask(REMOVE, { input });
  expect(errors).toBeUndefined();
  expect(data.removePermissions).toMatchObject({
    permissions: [{ permission: domain(1) }, { permission: domain(2) }],
    removed: [],
    userErrors: [
      {
        code: 'CONFLICT',
        message: expect.stringMatching(/empty.*`openToEveryone: true`/),
        field: ['input', 'principals'],
      },
    ],
  });
  expect(listWrites(sandbox)).toEqual([]);
});

test('with `openToEveryone` the record for everyone takes the place of the last one', async () => {
  const { ask, sandbox } = await clusterWith([domain(1)]);
  const input = { parent: CLUSTER, principals: [account(1)], openToEveryone: true };
  const { data } = await ask(REMOVE, { input });
  expect(data.removePermissions).toMatchObject({
    permissions: [{ permission: '*', kind: 'ANY' }],
    added: ['*'],
    removed: [domain(1)],
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[TO_CLUSTER, { vpc_permissions: ['*'] }]]);
});

test.each([CLUSTER, SERVICE])('`*` is added to %o only where `openToEveryone` is said', async (parent) => {
  const { ask, sandbox } =
    'clusterId' in parent ? await clusterWith([domain(1)]) : await serviceWith([domain(1)]);
  const principals = ['iam:domain::*'];
  const { data, errors } = await ask(ADD, { input: { parent, principals } });
  expect(data).toEqual({ addPermissions: null });
  expect(errors).toMatchObject([
    { message: expect.stringContaining('openToEveryone: true'), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
  const said = await ask(ADD, { input: { parent, principals, openToEveryone: true } });
  expect(said.data.addPermissions).toMatchObject({ added: ['*'], userErrors: [] });
  const [[, body]] = listWrites(sandbox) as [[string, object]];
  expect(body).toEqual(
    'clusterId' in parent
      ? { vpc_permissions: [account(1), '*'] }
      : { permissions: [{ permission: '*', description: '' }] },
  );
});

test.each([
  { why: 'is off', texts: [], partial: { endpointAccess: false }, message: /enableEndpointAccess/ },
  {
    why: 'does not tell its list',
    texts: [domain(1)],
    partial: { generation: 'oldest' as const },
    message: /oldest generation/,
  },
  {
    why: 'holds a path',
    texts: [ORG_PATH, domain(2)],
    partial: {},
    message: /orgPath::o-1a2b.*would drop it/,
  },
])('a cluster that $why is not written', async ({ texts, partial, message }) => {
  const { ask, sandbox } = await clusterWith(texts, partial);
  const answers = [
    await ask(ADD, { input: { parent: CLUSTER, principals: [account(3)] } }),
    await ask(REMOVE, { input: { parent: CLUSTER, principals: [account(2)] } }),
  ];
  const userErrors = [
    { code: 'CONFLICT', message: expect.stringMatching(message), field: ['input', 'parent'] },
  ];
  for (const { data } of answers)
    expect(Object.values(data)).toMatchObject([{ added: [], removed: [], userErrors }]);
  expect(listWrites(sandbox)).toEqual([]);
});

test('a path can be taken off the list of a cluster, and not be put on it', async () => {
  const { ask, sandbox } = await clusterWith([ORG_PATH, domain(2)]);
  const removed = await ask(REMOVE, { input: { parent: CLUSTER, principals: [PATH] } });
  expect(removed.data.removePermissions).toMatchObject({ removed: [ORG_PATH], userErrors: [] });
  expect(listWrites(sandbox)).toEqual([[TO_CLUSTER, { vpc_permissions: [account(2)] }]]);
  sandbox.calls.splice(0);
  const { errors } = await ask(ADD, { input: { parent: CLUSTER, principals: [account(1), ORG_PATH] } });
  expect(errors).toMatchObject([
    { message: expect.stringContaining('`input.principals.1`'), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test.each([
  { status: 403, errCode: 'CSS.0015', code: 'NOT_FOUND', method: 'GET', calls: 1 },
  { status: 202, errCode: 'CSS.0011', code: 'UPSTREAM_BUSY', method: 'POST', calls: 3 },
  { status: 400, errCode: 'CSS.5140', code: 'CONFLICT', method: 'POST', calls: 3 },
])('the refusal $errCode of a cluster is data: $code', async ({ status, errCode, code, method, calls }) => {
  const { ask, sandbox } = await clusterWith([domain(1)]);
  sandbox.fault({ method, path: /vpcepservice/, respond: { status, body: { errCode } } });
  const { data, errors } = await ask(ADD, { input: { parent: CLUSTER, principals: [account(2)] } });
  expect(errors).toBeUndefined();
  expect(data.addPermissions).toMatchObject({
    permissions: null,
    added: [],
    userErrors: [{ code, message: expect.stringContaining(errCode), field: ['input', 'parent'] }],
  });
  expect(sandbox.calls).toHaveLength(calls);
});

test.each(UNCLEAR)('after $what a cluster was written once, and the payload says what tells', async (one) => {
  const { ask, sandbox } = await clusterWith([domain(1)], {}, { UPSTREAM_TIMEOUT_MS: '150' });
  sandbox.fault({ method: 'POST', path: /permissions$/, ...one.fault });
  const { data, errors } = await ask(ADD, { input: { parent: CLUSTER, principals: [account(2)] } });
  expect(errors).toBeUndefined();
  const tells = '`cluster(clusterId: "cluster-1") { permissions { nodes { permission } } }`';
  expect(data.addPermissions).toMatchObject({
    permissions: expect.arrayContaining([expect.objectContaining({ permission: domain(1) })]),
    added: [],
    userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining(tells), field: null }],
  });
  expect(listWrites(sandbox)).toHaveLength(1);
});

test.each(UNCLEAR)(
  'after $what to the read that comes first, nothing is sent or unclear',
  async ({ fault }) => {
    const { ask, sandbox } = await clusterWith([domain(1)], {}, { UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ method: 'GET', path: /connections/, ...fault });
    const { data, errors } = await ask(ADD, { input: { parent: CLUSTER, principals: [account(2)] } });
    expect(data).toEqual({ addPermissions: null });
    expect(errors).toMatchObject([
      { extensions: { code: expect.stringMatching(/^UPSTREAM_/), upstream: { service: 'css' } } },
    ]);
    expect(listWrites(sandbox)).toEqual([]);
  },
);

test('the second change of one operation builds on the first', async () => {
  const { ask, sandbox } = await clusterWith([domain(1)]);
  const { data } = await ask(
    `mutation ($one: AddPermissionsInput!, $two: AddPermissionsInput!) {
      one: addPermissions(input: $one) { permissions { permission } }
      two: addPermissions(input: $two) { permissions { permission } added } }`,
    {
      one: { parent: CLUSTER, principals: [account(2)] },
      two: { parent: CLUSTER, principals: [account(3)] },
    },
  );
  expect(data.two).toEqual({
    permissions: [1, 2, 3].map((digit) => ({ permission: domain(digit) })),
    added: [domain(3)],
  });
  expect(listWrites(sandbox)).toHaveLength(2);
});

test('records are added to a service with a note, 50 a call, and paths in a call of their own', async () => {
  const { ask, sandbox } = await serviceWith([domain(0)]);
  const accounts = Array.from({ length: 60 }, (_, at) => account(at));
  const input = { parent: SERVICE, principals: [PATH, ...accounts, domain(5)], description: 'ours' };
  const { data, errors } = await ask(ADD, { input });
  expect(errors).toBeUndefined();
  const bodies = listWrites(sandbox) as [string, { permissions: { permission: string }[] }][];
  expect(bodies).toEqual([
    [
      toService('batch-create'),
      { permissions: [{ permission: ORG_PATH, description: 'ours' }], permission_type: 'orgPath' },
    ],
    [toService('batch-create'), { permissions: expect.any(Array) }],
    [toService('batch-create'), { permissions: expect.any(Array) }],
  ]);
  expect(bodies.map(([, { permissions }]) => permissions.length)).toEqual([1, 50, 9]);
  expect(bodies[2]![1].permissions.at(-1)).toEqual({ permission: domain(59), description: 'ours' });
  expect(data.addPermissions.added).toHaveLength(60);
  expect(data.addPermissions.permissions).toHaveLength(61);
  expect(data.addPermissions.permissions).toContainEqual({
    permission: ORG_PATH,
    kind: 'ORG_PATH',
    description: 'ours',
  });
});

test('records are removed from a service by their ids, 50 a call', async () => {
  const all = Array.from({ length: 60 }, (_, at) => domain(at + 100));
  const { ask, sandbox } = await serviceWith([...all, '*']);
  const { data } = await ask(REMOVE, { input: { parent: SERVICE, principals: all } });
  expect(data.removePermissions).toMatchObject({ permissions: [{ permission: '*' }], userErrors: [] });
  expect(data.removePermissions.removed).toEqual(all);
  const ids = all.map((text) => ({ id: `record-${text.slice(-3)}` }));
  expect(listWrites(sandbox)).toEqual([
    [toService('batch-delete'), { permissions: ids.slice(0, 50) }],
    [toService('batch-delete'), { permissions: ids.slice(50) }],
  ]);
});

test('the last record of a service may go: nobody is let in by that', async () => {
  const { ask, sandbox } = await serviceWith([domain(1)]);
  const { data } = await ask(REMOVE, { input: { parent: SERVICE, principals: [domain(1)] } });
  expect(data.removePermissions).toMatchObject({ permissions: [], removed: [domain(1)], userErrors: [] });
  expect(listWrites(sandbox)).toHaveLength(1);
});

test.each([
  { mutation: ADD, principals: [account(1)] },
  { mutation: REMOVE, principals: [account(2)] },
])('nothing is sent to a service where nothing changes', async ({ mutation, principals }) => {
  const { ask, sandbox } = await serviceWith([domain(1)]);
  const { data } = await ask(mutation, { input: { parent: SERVICE, principals } });
  expect(Object.values(data)).toMatchObject([{ added: [], removed: [], userErrors: [] }]);
  expect(listWrites(sandbox)).toEqual([]);
});

test.each([OLDER, { ...OLDER, respond: { status: 405, body: { error_code: 'APIGW.0501' } } }])(
  'where a region lacks the newer calls ($respond.status), the older one is used',
  async (older) => {
    const { ask, sandbox } = await serviceWith([domain(0)]);
    sandbox.fault(older);
    const accounts = Array.from({ length: 51 }, (_, at) => account(at + 1));
    const { data } = await ask(ADD, { input: { parent: SERVICE, principals: [...accounts, PATH] } });
    expect(data.addPermissions.userErrors).toEqual([]);
    expect(data.addPermissions.permissions).toHaveLength(53);
    expect(listWrites(sandbox).map(([path]) => path)).toEqual(
      ['batch-create', 'action', 'action', 'action'].map(toService),
    );
    expect(listWrites(sandbox).slice(2)).toEqual([
      [toService('action'), { action: 'add', permissions: [domain(51)] }],
      [toService('action'), { action: 'add', permissions: [ORG_PATH], permission_type: 'orgPath' }],
    ]);
    sandbox.calls.splice(0);
    const removed = await ask(REMOVE, { input: { parent: SERVICE, principals: [account(1), PATH] } });
    expect(removed.data.removePermissions).toMatchObject({ removed: [ORG_PATH, domain(1)], userErrors: [] });
    expect(listWrites(sandbox)).toEqual([
      [toService('batch-delete'), { permissions: [{ id: expect.any(String) }] }],
      [toService('action'), { action: 'remove', permissions: [ORG_PATH], permission_type: 'orgPath' }],
      [toService('action'), { action: 'remove', permissions: [domain(1)] }],
    ]);
  },
);

test('where a region has no notes, what was added without one says so', async () => {
  const { ask, sandbox } = await serviceWith([]);
  sandbox.fault(OLDER);
  const input = { parent: SERVICE, principals: [account(1)], description: 'ours' };
  const { data } = await ask(ADD, { input });
  expect(data.addPermissions).toMatchObject({
    added: [domain(1)],
    userErrors: [{ code: 'BAD_USER_INPUT', field: ['input', 'description'] }],
  });
});

test('what one of several calls refuses is told for each principal in it, and the others are done', async () => {
  const { ask, sandbox } = await serviceWith([]);
  const accounts = Array.from({ length: 51 }, (_, at) => account(at));
  sandbox.fault({
    path: /batch-create$/,
    times: 1,
    respond: { status: 400, body: { error_code: 'EndPoint.3049' } },
  });
  const { data, errors } = await ask(ADD, { input: { parent: SERVICE, principals: accounts } });
  expect(errors).toBeUndefined();
  expect(data.addPermissions.added).toEqual([domain(50)]);
  expect(data.addPermissions.permissions).toHaveLength(1);
  expect(data.addPermissions.userErrors).toHaveLength(50);
  expect(data.addPermissions.userErrors[49]).toEqual({
    code: 'QUOTA_EXCEEDED',
    message: expect.stringContaining('EndPoint.3049'),
    field: ['input', 'principals', '49'],
  });
  expect(listWrites(sandbox)).toHaveLength(2);
});

const changes = [
  { name: 'addPermissions', mutation: ADD, before: [] },
  { name: 'removePermissions', mutation: REMOVE, before: Array.from({ length: 51 }, (_, at) => domain(at)) },
];

test.each(UNCLEAR.flatMap((one) => changes.map((change) => ({ ...one, ...change }))))(
  'after $what a service was written once by $name, and the rest is told as not sent',
  async ({ fault, name, mutation, before }) => {
    const { ask, sandbox } = await serviceWith(before, { UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ method: 'POST', path: /permissions/, ...fault });
    const principals = Array.from({ length: 51 }, (_, at) => account(at));
    const { data, errors } = await ask(mutation, { input: { parent: SERVICE, principals } });
    expect(errors).toBeUndefined();
    const { userErrors, added, removed, permissions } = data[name];
    expect([...added, ...removed]).toEqual([]);
    expect(permissions).not.toBeNull();
    expect(userErrors).toHaveLength(51);
    expect(userErrors[0]).toEqual({
      code: 'INDETERMINATE',
      message: expect.stringContaining(
        '`endpointService(by: { id: "service-1" }) { permissions { nodes { permission } } }`',
      ),
      field: ['input', 'principals', '0'],
    });
    expect(userErrors[50]).toMatchObject({
      message: expect.stringContaining('Not sent'),
      field: ['input', 'principals', '50'],
    });
    expect(listWrites(sandbox)).toHaveLength(1);
  },
);

test('a whitelist of somebody else is refused as data, and nothing is sent', async () => {
  const { ask, sandbox } = await serviceWith([]);
  const { data, errors } = await ask(ADD, {
    input: { parent: { serviceId: 'elsewhere' }, principals: [account(1)] },
  });
  expect(errors).toBeUndefined();
  expect(data.addPermissions).toMatchObject({
    permissions: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['input', 'parent'] }],
  });
  expect(listWrites(sandbox)).toEqual([]);
});

test('a whitelist longer than what is read of it is not changed by guess', async () => {
  const { ask, sandbox } = await serviceWith(
    Array.from({ length: 1100 }, (_, at) => domain(at)),
    { MAX_LIST_ROWS: '1000' },
  );
  const { errors } = await ask(REMOVE, { input: { parent: SERVICE, principals: [account(1)] } });
  expect(errors).toMatchObject([{ extensions: { code: 'RESULT_TRUNCATED' } }]);
  expect(listWrites(sandbox)).toEqual([]);
});

test.each([
  { said: { principals: [] }, message: /1 to 500 items/ },
  { said: { principals: ['a b'] }, message: /`input.principals.0` must be an account id/ },
  { said: { principals: ['a', 'iam:user::x'] }, message: /`input.principals.1` must be an account id/ },
  { said: { principals: ['a'], description: 'x'.repeat(257) }, message: /at most 256/ },
  { said: { principals: ['a'], parent: CLUSTER, description: 'x' }, message: /CSS keeps no notes/ },
  { said: { principals: ['a'], parent: { clusterId: '../x' } }, message: /`input.parent.clusterId` must/ },
  {
    said: { principals: ['a'], project: { region: 'elsewhere', projectId: 'p' } },
    message: /does not serve/,
  },
])('the input $said is refused before any call', async ({ said, message }) => {
  const { ask, sandbox } = await serviceWith([]);
  const { data, errors } = await ask(ADD, { input: { parent: SERVICE, ...said } });
  expect(data).toEqual({ addPermissions: null });
  expect(errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('a service that throttles is an error: nothing was changed', async () => {
  const { ask, sandbox } = await serviceWith([]);
  sandbox.fault({
    method: 'POST',
    path: /./,
    respond: { status: 400, body: { error_code: 'EndPoint.0022' } },
  });
  const { data, errors } = await ask(ADD, { input: { parent: SERVICE, principals: [account(1)] } });
  expect(data).toEqual({ addPermissions: null });
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryable: true } }]);
});

test('each change reads the whitelist anew, whatever the operation has read before', async () => {
  const { ask, sandbox } = await serviceWith([]);
  await ask(
    `mutation ($one: AddPermissionsInput!, $two: AddPermissionsInput!) {
      one: addPermissions(input: $one) { permissions { permission } }
      two: addPermissions(input: $two) { permissions { permission } } }`,
    {
      one: { parent: SERVICE, principals: [account(1)] },
      two: { parent: SERVICE, principals: [account(2)] },
    },
  );
  const each = ['GET', 'POST', 'GET', 'GET'];
  expect(sandbox.calls.map(({ method }) => method)).toEqual([...each, ...each]);
});

test('a principal named twice is sent once, and stands for its first place', async () => {
  const { ask, sandbox } = await serviceWith([]);
  sandbox.fault({ path: /batch-create$/, respond: { status: 400, body: { error_code: 'EndPoint.3002' } } });
  const principals = [account(1), domain(1), account(2)];
  const { data } = await ask(ADD, { input: { parent: SERVICE, principals } });
  expect(data.addPermissions.userErrors).toMatchObject([
    { code: 'BAD_USER_INPUT', field: ['input', 'principals', '0'] },
    { code: 'BAD_USER_INPUT', field: ['input', 'principals', '2'] },
  ]);
});
