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
const ERRORS = 'userErrors { code message field }';

const CREATE = `mutation ($input: CreateEndpointInput!) { createEndpoint(input: $input) { clientMutationId
  endpoint { endpointId status serviceId vpcId subnetId ipv4 ipv6 ipVersion dnsEnabled dnsNames whitelist
    whitelistEnabled routeTableIds specification description tags { key value } } ${ERRORS} } }`;
const WHITELIST = `mutation ($input: UpdateEndpointWhitelistInput!) { updateEndpointWhitelist(input: $input) {
  endpoint { endpointId whitelist whitelistEnabled } ${ERRORS} } }`;
const DELETE = `mutation ($input: DeleteEndpointInput!) { deleteEndpoint(input: $input) {
  deletedId endpoint { id status } ${ERRORS} } }`;

const setUp = async (settings: Record<string, string> = {}) => {
  const world = emptyWorld();
  const service = makeService({ id: 'svc' });
  const connection = makeServiceConnection({ id: 'ep' });
  service.connections.push(connection);
  const endpoint = makeEndpoint(connection, service, { whitelist: ['10.0.0.1'], enable_whitelist: true });
  world.services.push(service);
  world.endpoints.push(endpoint);
  return {
    ...(await gateway({ sandbox: { world, settleMs: 60_000, lagMs: 0 }, settings })),
    service,
    endpoint,
  };
};

const LEAST = { serviceId: 'svc', vpcId: 'vpc-1', subnetId: 'net-1' };
const LEAST_BODY = { endpoint_service_id: 'svc', vpc_id: 'vpc-1', subnet_id: 'net-1' };

test('an endpoint is created with what was said, and nothing else', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, { input: { ...LEAST, clientMutationId: 'mine' } });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([[`POST ${ENDPOINTS}`, LEAST_BODY]]);
  expect(data.createEndpoint).toEqual({
    clientMutationId: 'mine',
    endpoint: {
      endpointId: sandbox.world.endpoints[0]!.connection.id,
      status: 'CREATING',
      serviceId: 'svc',
      vpcId: 'vpc-1',
      subnetId: 'net-1',
      ipv4: expect.stringMatching(/^192\.168\./),
      ipv6: null,
      ipVersion: 'IPV4',
      dnsEnabled: false,
      dnsNames: [],
      whitelist: [],
      whitelistEnabled: false,
      routeTableIds: [],
      specification: 'default',
      description: '',
      tags: [],
    },
    userErrors: [],
  });
  expect(sandbox.calls).toHaveLength(1);
});

test('all that can be said of a new endpoint arrives', async () => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, {
    input: {
      ...LEAST,
      ipv4: '192.168.0.9',
      ipv6: 'fd00::9',
      ipVersion: 'DUALSTACK',
      dnsEnabled: true,
      whitelist: ['10.0.0.1', '10.1.0.0/16'],
      whitelistEnabled: true,
      specification: 'profession',
      description: 'to the search',
      tags: [{ key: 'team', value: 'net' }],
    },
  });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([
    [
      `POST ${ENDPOINTS}`,
      {
        ...LEAST_BODY,
        port_ip: '192.168.0.9',
        ipv6_address: 'fd00::9',
        ip_version: 'dualstack',
        enable_dns: true,
        whitelist: ['10.0.0.1', '10.1.0.0/16'],
        enable_whitelist: true,
        specification_name: 'profession',
        description: 'to the search',
        tags: [{ key: 'team', value: 'net' }],
      },
    ],
  ]);
  expect(data.createEndpoint).toMatchObject({
    endpoint: { ipv4: '192.168.0.9', ipv6: 'fd00::9', specification: 'profession', whitelistEnabled: true },
    userErrors: [],
  });
});

test('an endpoint to a gateway service takes route tables, and has no address', async () => {
  const { ask, sandbox, service } = await setUp();
  service.service_type = 'gateway';
  const { data } = await ask(CREATE, {
    input: { serviceId: 'svc', vpcId: 'vpc-1', routeTableIds: ['rt-1'] },
  });
  expect(listWrites(sandbox).map(([, body]) => body)).toEqual([
    { endpoint_service_id: 'svc', vpc_id: 'vpc-1', routetables: ['rt-1'] },
  ]);
  expect(data.createEndpoint).toMatchObject({
    endpoint: { ipv4: null, subnetId: null, routeTableIds: ['rt-1'] },
    userErrors: [],
  });
});

test.each([
  [{ serviceId: 'a/b' }, '`input.serviceId` must be'],
  [{ vpcId: '' }, '`input.vpcId` must be'],
  [{ subnetId: '?' }, '`input.subnetId` must be'],
  [{ routeTableIds: [] }, '`input.routeTableIds` must have 1 to 10 items.'],
  [
    { routeTableIds: Array.from({ length: 11 }, () => 'rt') },
    '`input.routeTableIds` must have 1 to 10 items.',
  ],
  [{ routeTableIds: ['a b'] }, '`input.routeTableIds` must be'],
  [{ ipv4: 'fd00::9' }, '`input.ipv4` must be an IPv4 address.'],
  [{ ipv6: '10.0.0.1' }, '`input.ipv6` must be an IPv6 address.'],
  [{ ipVersion: 'UNKNOWN' }, '`input.ipVersion` must be one of IPV4, DUALSTACK.'],
  [{ whitelist: ['10.0.0.0/33'] }, '`input.whitelist` must be IPv4 addresses'],
  [{ whitelist: ['10.0.0.256'] }, '`input.whitelist` must be IPv4 addresses'],
  [{ whitelist: ['10.0.0.1', ''] }, '`input.whitelist` must be IPv4 addresses'],
  [{ specification: '' }, '`input.specification` must be'],
  [{ description: 'a<b' }, '`input.description` must be at most 512 characters, without `<` and `>`.'],
  [{ description: 'x'.repeat(513) }, '`input.description` must be at most 512 characters'],
  [{ tags: Array.from({ length: 21 }, () => ({ key: 'k' })) }, '`input.tags` must have 0 to 20 items.'],
])('a new endpoint with %j is refused before any call', async (said, message) => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(CREATE, { input: { ...LEAST, ...said } });
  expect(data).toEqual({ createEndpoint: null });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test('what the cloud refuses of a new endpoint is data, with what to do about it', async () => {
  const { ask, sandbox, service } = await setUp();
  const closed = makeVisibleService({ admits: [] });
  sandbox.world.visibleServices.push(closed);
  const refused = async (input: object) => {
    const { data, errors } = await ask(CREATE, { input: { ...LEAST, ...input } });
    expect(errors).toBeUndefined();
    expect(data.createEndpoint.endpoint).toBeNull();
    return data.createEndpoint.userErrors[0];
  };
  expect(await refused({ serviceId: 'nowhere' })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refused({ subnetId: null })).toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringMatching(/EndPoint\.0023.*needs `subnetId`/),
  });
  expect(await refused({ serviceId: closed.id })).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(/EndPoint\.2012.*whitelist/),
    field: ['input', 'serviceId'],
  });
  sandbox.world.quotas.endpoint = 1;
  expect(await refused({})).toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: expect.stringMatching(/EndPoint\.1018.*`quotas` shows/),
  });
  service.status = 'creating';
  expect(await refused({})).toMatchObject({ code: 'CONFLICT', field: ['input', 'serviceId'] });
  expect(sandbox.calls).toHaveLength(5);
});

test.each([
  {
    said: { whitelist: ['192.168.0.0/24'], whitelistEnabled: false },
    body: { whitelist: ['192.168.0.0/24'], enable_whitelist: false },
    now: { whitelist: ['192.168.0.0/24'], whitelistEnabled: false },
  },
  { said: { whitelist: [] }, body: { whitelist: [] }, now: { whitelist: [], whitelistEnabled: true } },
  {
    said: { whitelistEnabled: false },
    body: { enable_whitelist: false },
    now: { whitelist: ['10.0.0.1'], whitelistEnabled: false },
  },
])('a whitelist change of $said sends $body', async ({ said, body, now }) => {
  const { ask, sandbox } = await setUp();
  const { data, errors } = await ask(WHITELIST, { input: { endpointId: 'ep', ...said } });
  expect(errors).toBeUndefined();
  expect(listWrites(sandbox)).toEqual([[`PUT ${ENDPOINTS}/ep`, body]]);
  expect(data.updateEndpointWhitelist).toEqual({ endpoint: { endpointId: 'ep', ...now }, userErrors: [] });
});

test.each([
  [{}, 'Say in `input.whitelist` or `input.whitelistEnabled` what to change.'],
  [{ whitelist: ['everyone'] }, '`input.whitelist` must be IPv4 addresses'],
  [{ endpointId: 'a/b', whitelist: [] }, '`input.endpointId` must be'],
])('a whitelist change of %j is refused before any call', async (said, message) => {
  const { ask, sandbox } = await setUp();
  const { errors } = await ask(WHITELIST, { input: { endpointId: 'ep', ...said } });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(sandbox.calls).toEqual([]);
});

test.each([
  { errorCode: 'EndPoint.3049', code: 'QUOTA_EXCEEDED', field: ['input', 'whitelist'] },
  { errorCode: 'EndPoint.2019', code: 'CONFLICT', field: ['input', 'endpointId'] },
  { errorCode: 'EndPoint.2006', code: 'NOT_FOUND', field: ['input', 'endpointId'] },
])('the refusal $errorCode of a whitelist is data: $code', async ({ errorCode, code, field }) => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ method: 'PUT', path: /ep$/, respond: { status: 400, body: { error_code: errorCode } } });
  const { data } = await ask(WHITELIST, { input: { endpointId: 'ep', whitelist: [] } });
  expect(data.updateEndpointWhitelist).toMatchObject({ endpoint: null, userErrors: [{ code, field }] });
});

test('a deleted endpoint is shown while it is being deleted', async () => {
  const { ask, sandbox } = await setUp();
  const { data: before } = await ask('{ endpoint(endpointId: "ep") { id } }');
  const { id } = before.endpoint;
  sandbox.calls.splice(0);
  const { data, errors } = await ask(DELETE, { input: { endpointId: 'ep' } });
  expect(errors).toBeUndefined();
  expect(data.deleteEndpoint).toEqual({
    deletedId: id,
    endpoint: { id, status: 'DELETING' },
    userErrors: [],
  });
  expect(listWrites(sandbox)).toEqual([[`DELETE ${ENDPOINTS}/ep`, null]]);
});

test.each([
  { status: 204, body: undefined },
  { status: 200, body: '' },
  { status: 200, body: '{}' },
])(
  'status $status with the body $body says that the deletion runs; an endpoint that is gone is null',
  async (respond) => {
    const { ask, sandbox } = await setUp();
    sandbox.world.endpoints = [];
    sandbox.fault({ method: 'DELETE', path: /ep$/, respond });
    const { data, errors } = await ask(DELETE, { input: { endpointId: 'ep' } });
    expect(errors).toBeUndefined();
    expect(data.deleteEndpoint).toEqual({ deletedId: expect.any(String), endpoint: null, userErrors: [] });
  },
);

test('what cannot be deleted is data', async () => {
  const { ask } = await setUp();
  const deletions = `mutation ($here: DeleteEndpointInput!, $gone: DeleteEndpointInput!) {
    gone: deleteEndpoint(input: $gone) { deletedId endpoint { id } userErrors { code field } }
    first: deleteEndpoint(input: $here) { userErrors { code } }
    second: deleteEndpoint(input: $here) { deletedId endpoint { id } userErrors { code field } } }`;
  const { data, errors } = await ask(deletions, { here: { endpointId: 'ep' }, gone: { endpointId: 'gone' } });
  expect(errors).toBeUndefined();
  const nothing = { deletedId: null, endpoint: null };
  const field = ['input', 'endpointId'];
  expect(data).toEqual({
    gone: { ...nothing, userErrors: [{ code: 'NOT_FOUND', field }] },
    first: { userErrors: [] },
    second: { ...nothing, userErrors: [{ code: 'CONFLICT', field }] },
  });
});

const ALL = [
  {
    name: 'createEndpoint',
    mutation: CREATE,
    input: LEAST,
    tells: '`endpoints(filter: { serviceName: "svc", vpcId: "vpc-1" })` before trying again',
  },
  {
    name: 'updateEndpointWhitelist',
    mutation: WHITELIST,
    input: { endpointId: 'ep', whitelist: [] },
    tells: '`endpoint(endpointId: "ep") { whitelist whitelistEnabled }`',
  },
  {
    name: 'deleteEndpoint',
    mutation: DELETE,
    input: { endpointId: 'ep' },
    tells: '`endpoint(endpointId: "ep") { status }`',
  },
];

test.each(UNCLEAR.flatMap((unclear) => ALL.map((change) => ({ ...unclear, ...change }))))(
  'after $what, $name was sent once, and the payload names $tells',
  async ({ fault, name, mutation, input, tells }) => {
    const { ask, sandbox } = await setUp({ UPSTREAM_TIMEOUT_MS: '150' });
    sandbox.fault({ path: /vpc-endpoints/, ...fault });
    const { data, errors } = await ask(mutation, { input });
    expect(errors).toBeUndefined();
    expect(data[name]).toMatchObject({
      endpoint: null,
      userErrors: [{ code: 'INDETERMINATE', message: expect.stringContaining(tells), field: null }],
    });
    expect(sandbox.calls).toHaveLength(1);
  },
);

test('a change of a whitelist whose answer was lost is looked for, and sent no more', async () => {
  const { ask, sandbox, endpoint } = await setUp();
  const whitelist = ['10.0.0.2', '10.1.0.0/16'];
  const change = async () => {
    const input = { endpointId: 'ep', whitelist, whitelistEnabled: false, idempotencyKey: 'k' };
    return (await ask(WHITELIST, { input })).data.updateEndpointWhitelist;
  };
  sandbox.fault({ method: 'PUT', path: /./, reset: 'after' });
  expect((await change()).userErrors).toMatchObject([{ code: 'INDETERMINATE' }]);
  endpoint.whitelist = whitelist.toReversed();
  const shown = { endpointId: 'ep', whitelist: endpoint.whitelist, whitelistEnabled: false };
  expect(await change()).toEqual({ endpoint: shown, userErrors: [] });
  endpoint.enable_whitelist = true;
  const unclear = { endpoint: null, userErrors: [{ code: 'INDETERMINATE' }] };
  expect(await change()).toMatchObject(unclear);
  endpoint.enable_whitelist = false;
  endpoint.whitelist = ['10.0.0.2'];
  expect(await change()).toMatchObject(unclear);
  expect(listWrites(sandbox)).toHaveLength(1);
});

test('the query that is named after an unclear creation finds what was created', async () => {
  const { ask, sandbox } = await setUp();
  sandbox.fault({ method: 'POST', path: /vpc-endpoints/, reset: 'after' });
  const { data } = await ask(CREATE, { input: LEAST });
  const [query] = /endpoints\(.*?\}\)/.exec(data.createEndpoint.userErrors[0].message)!;
  const found = await ask(`{ ${query} { nodes { endpointId } } }`);
  expect(found.errors).toBeUndefined();
  expect(found.data.endpoints.nodes).toEqual([{ endpointId: sandbox.world.endpoints[0]!.connection.id }]);
  expect(sandbox.world.endpoints).toHaveLength(2);
});
