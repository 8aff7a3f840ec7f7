import { hash } from 'node:crypto';
import { getNamedType, type GraphQLInputType, isInputObjectType } from 'graphql';
import { generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { apiSchema } from '../../src/graphql/schema.ts';
import { createLog } from '../../src/observability/log.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { encodeNodeId } from '../../src/graph/node-id.ts';
import { CLUSTER, VERIFY, WRITE } from '../support/sample-operations.ts';
import { keepLines, startLoggingGateway } from '../support/logging-gateway.ts';
import { publicJwk, startKeyServer } from '../support/key-server.ts';

type Logged = Awaited<ReturnType<typeof startLoggingGateway>>;

const KEYS = { ci: 'key-of-ci', frontend: 'key-of-the-frontend' };
const API_KEYS = `ci:${hash('sha256', KEYS.ci)}:write,frontend:${hash('sha256', KEYS.frontend)}`;
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

const auditLines = ({ lines }: Pick<Logged, 'lines'>) => lines().filter(({ audit }) => audit === true);

/** The audit line of a request that was answered: there is one, and it comes before the answer. */
const auditOf = async (gate: Logged, body: object, headers: Record<string, string> = {}) => {
  const before = auditLines(gate).length;
  const answer = await (await gate.post(body, headers)).text();
  const lines = auditLines(gate).slice(before);
  expect(lines).toHaveLength(1);
  return { line: lines[0]!, answer };
};

const DISABLE = `mutation Off($id: ID!) { disableEndpointAccess(input: { clusterId: $id }) { userErrors { code } } }`;
const KINDS = `mutation ($input: AcceptConnectionsInput!) { acceptConnections(input: $input) { userErrors { code } } }`;

test('a mutation is one line: who, from where, what, at what, and how it ended', async () => {
  const gate = await startLoggingGateway({ API_KEYS });
  const { line } = await auditOf(
    gate,
    { query: DISABLE, variables: { id: CLUSTER } },
    { ...bearer(KEYS.ci), 'x-request-id': 'request-1' },
  );
  expect(line).toEqual({
    level: 30,
    time: expect.any(Number),
    msg: 'mutation',
    audit: true,
    requestId: 'request-1',
    caller: 'key:ci',
    address: '127.0.0.1',
    operation: 'Off',
    fields: [{ field: 'disableEndpointAccess', ids: { clusterId: [CLUSTER] }, outcome: ['done'] }],
  });
});

test('queries and subscriptions leave none', async () => {
  const gate = await startLoggingGateway();
  for (let time = 0; time < 3; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await (await gate.post({ query: `{ cluster(clusterId: "${CLUSTER}") { name } }` })).text();
  }
  const subscription = 'subscription { endpointStatusChanged(endpointIds: ["nowhere"]) { status } }';
  await (await gate.post({ query: subscription }, { accept: 'text/event-stream' })).text();
  expect(auditLines(gate)).toEqual([]);
});

test.each(['debug', 'info', 'warn', 'error'])('at LOG_LEVEL=%s the line is there', async (LOG_LEVEL) => {
  const gate = await startLoggingGateway({ LOG_LEVEL });
  const { line } = await auditOf(gate, { query: DISABLE, variables: { id: CLUSTER } });
  expect(line).toMatchObject({ msg: 'mutation', caller: 'token' });
});

test('at LOG_LEVEL=silent there is none', async () => {
  const gate = await startLoggingGateway({ LOG_LEVEL: 'silent' });
  await (await gate.post({ query: DISABLE, variables: { id: CLUSTER } })).text();
  expect(gate.written).toEqual([]);
});

test("the gateway's own secrets are cut out of it", () => {
  const kept = keepLines();
  const endpoints = { css: 'http://css', vpcep: 'http://vpcep', dataartsinsight: 'http://dai' };
  const projects = [{ region: 'r', projectId: 'p', endpoints, token: 'canary-fixed-token' }];
  createLog({ logLevel: 'error', projects }, kept.destination).audit({ ids: ['canary-fixed-token'] });
  expect(kept.lines()).toMatchObject([{ audit: true, ids: ['[redacted]'] }]);
});

test('each of several mutations has its own outcome, whatever it is called in the answer', async () => {
  const gate = await startLoggingGateway();
  const service = gate.sandbox.world.services[0]!;
  const query = `mutation Two($note: String!) {
    a: disableEndpointAccess(input: { clusterId: "${CLUSTER}" }) { clientMutationId }
    b: disableEndpointAccess(input: { clusterId: "no-such-cluster" }) { clientMutationId }
    ...rest
    opaque: disableEndpointAccess(input: { clusterId: "${encodeNodeId('Cluster', SANDBOX, 'gone')}" }) {
      clientMutationId }
    skipped: deleteEndpoint(input: { endpointId: "e" }) @include(if: false) { clientMutationId }
  }
  fragment rest on Mutation {
    c: updatePermissionDescription(input: { serviceId: "${service.id}", permissionId: "no/id", description: $note }) {
      clientMutationId }
  }`;
  const { line } = await auditOf(gate, { query, variables: { note: 'canary-note' } });
  expect(line['fields']).toEqual([
    { field: 'disableEndpointAccess', ids: { clusterId: [CLUSTER] }, outcome: ['done'] },
    { field: 'disableEndpointAccess', ids: { clusterId: ['no-such-cluster'] }, outcome: ['NOT_FOUND'] },
    {
      field: 'disableEndpointAccess',
      ids: { clusterId: ['gone'], projectId: [SANDBOX.projectId] },
      outcome: ['NOT_FOUND'],
    },
    {
      field: 'updatePermissionDescription',
      ids: { serviceId: [service.id], permissionId: ['no/id'] },
      outcome: ['BAD_USER_INPUT'],
    },
  ]);
  expect(gate.written.join('')).not.toContain('canary');
});

test('a write whose outcome is not known is INDETERMINATE in it', async () => {
  const gate = await startLoggingGateway();
  gate.sandbox.fault({ path: WRITE, method: 'POST', respond: { status: 502 } });
  const input = { service: { name: 'com.example.service' }, dataSourceType: 'DWS' };
  const { line } = await auditOf(
    gate,
    { query: VERIFY, variables: { input } },
    { 'x-workspace-id': SANDBOX.workspaceId },
  );
  expect(line['fields']).toEqual([
    {
      field: 'verifyAndCreateEndpoint',
      ids: { serviceName: ['com.example.service'] },
      outcome: ['INDETERMINATE'],
    },
  ]);
});

const REFUSALS: {
  what: string;
  body: object;
  headers?: Record<string, string>;
  settings?: Record<string, string>;
  outcome: string;
  ids?: object;
}[] = [
  {
    what: 'a caller who may only read',
    body: { query: DISABLE, variables: { id: 'c1' } },
    headers: bearer(KEYS.frontend),
    outcome: 'FORBIDDEN',
  },
  {
    what: 'a variable of another type',
    body: { query: DISABLE, variables: { id: { clusterId: 'c1' } } },
    outcome: 'BAD_USER_INPUT',
  },
  { what: 'a variable that is missing', body: { query: DISABLE }, outcome: 'BAD_USER_INPUT', ids: {} },
  {
    what: 'an argument that is null after all',
    body: {
      query: DISABLE.replace('ID!', 'ID = "c1"'),
      variables: { id: null },
    },
    outcome: 'BAD_USER_INPUT',
    ids: {},
  },
  {
    what: 'an argument that does not fit the schema',
    body: {
      query: 'mutation { disableEndpointAccess(input: { clusterId: "c1", wrong: 1 }) { clientMutationId } }',
    },
    outcome: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    what: 'a header that is wrong',
    body: { query: DISABLE, variables: { id: 'c1' } },
    headers: { 'x-workspace-id': 'with spaces' },
    outcome: 'BAD_USER_INPUT',
  },
  {
    what: 'a limit',
    body: { query: DISABLE, variables: { id: 'c1' } },
    settings: { MAX_VARIABLES_BYTES: '5' },
    outcome: 'QUERY_TOO_COMPLEX',
  },
];

test.each(REFUSALS)(
  'a mutation that is refused because of $what has its line too, each time',
  async ({ body, headers, settings, outcome, ids = { clusterId: ['c1'] } }) => {
    const gate = await startLoggingGateway({ API_KEYS, ...settings });
    for (let time = 0; time < 2; time += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { line } = await auditOf(gate, body, { ...bearer(KEYS.ci), ...headers });
      expect(line['fields']).toEqual([{ field: 'disableEndpointAccess', ids, outcome: [outcome] }]);
    }
    expect(gate.sandbox.calls).toEqual([]);
  },
);

test('a mutation that comes by GET is refused, and has its line', async () => {
  const gate = await startLoggingGateway();
  const parameters = new URLSearchParams({ query: DISABLE, variables: '{"id":"c1"}' });
  const response = await fetch(`${gate.url}/graphql?${parameters.toString()}`);
  expect(response.status).toBe(405);
  expect(auditLines(gate)).toMatchObject([
    { caller: 'anonymous', fields: [{ ids: { clusterId: ['c1'] }, outcome: ['BAD_USER_INPUT'] }] },
  ]);
});

test('who sends a JWT is named by its subject', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const { url: JWT_JWKS_URL } = await startKeyServer([await publicJwk(pair, 'ES256')]);
  const gate = await startLoggingGateway({ JWT_JWKS_URL, JWT_WRITE_SCOPE: 'w' });
  const sign = (payload: object) =>
    new SignJWT({ scope: 'w', ...payload })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime('1m')
      .sign(pair.privateKey);
  const body = { query: DISABLE, variables: { id: CLUSTER } };
  const named = await auditOf(gate, body, bearer(await sign({ sub: 'alice@example.com' })));
  expect(named.line['caller']).toBe('sub:alice@example.com');
  const nameless = await auditOf(gate, body, bearer(await sign({})));
  expect(nameless.line['caller']).toBe('token');
});

test('a mutation whose client disconnected has its line when its outcome is known, and not before', async () => {
  const gate = await startLoggingGateway({ SHUTDOWN_GRACE_MS: '5000' });
  gate.sandbox.fault({ method: 'PUT', path: /vpcepservice/, delayMs: 400 });
  const controller = new AbortController();
  const gone = gate.post({ query: DISABLE, variables: { id: CLUSTER } }, {}, controller.signal);
  await expect.poll(() => gate.sandbox.calls.some(({ method }) => method === 'PUT')).toBe(true);
  controller.abort();
  await expect(gone).rejects.toThrow();
  await expect.poll(() => gate.operations().length).toBe(1);
  expect(gate.operations()).toMatchObject([{ status: 499, type: 'mutation' }]);
  expect(auditLines(gate)).toEqual([]);
  await expect.poll(() => auditLines(gate).length, { timeout: 5_000 }).toBe(1);
  expect(auditLines(gate)).toMatchObject([{ address: '127.0.0.1', fields: [{ outcome: ['done'] }] }]);
});

test('a gateway that stops waits for the line of a mutation whose client disconnected', async () => {
  const gate = await startLoggingGateway({ SHUTDOWN_GRACE_MS: '5000' });
  gate.sandbox.fault({ method: 'PUT', path: /vpcepservice/, delayMs: 300 });
  const controller = new AbortController();
  const gone = gate.post({ query: DISABLE, variables: { id: CLUSTER } }, {}, controller.signal);
  await expect.poll(() => gate.sandbox.calls.some(({ method }) => method === 'PUT')).toBe(true);
  controller.abort();
  await expect(gone).rejects.toThrow();
  await gate.server.close();
  expect(auditLines(gate)).toMatchObject([{ fields: [{ outcome: ['done'] }] }]);
});

test('a mutation that the end of the gateway breaks off has its line', async () => {
  const gate = await startLoggingGateway({ SHUTDOWN_GRACE_MS: '50' });
  gate.sandbox.fault({ method: 'PUT', path: /vpcepservice/, hang: 'before' });
  const gone = gate.post({ query: DISABLE, variables: { id: CLUSTER } }).catch(() => null);
  await expect.poll(() => gate.sandbox.calls.some(({ method }) => method === 'PUT')).toBe(true);
  await gate.server.close();
  await gone;
  expect(auditLines(gate)).toMatchObject([{ fields: [{ outcome: ['INDETERMINATE'] }] }]);
});

test('ids are bounded in number and length, and what is no id stays out', async () => {
  const gate = await startLoggingGateway();
  const long = 'x'.repeat(5_000);
  const input = {
    targets: [
      { parent: { clusterId: long }, endpointIds: Array.from({ length: 300 }, (_, n) => `e${n}`) },
      { parent: { serviceId: 7 }, endpointIds: [] },
    ],
    idempotencyKey: 'canary-key',
    clientMutationId: 'canary-mutation',
    description: 'canary-description',
    token: 'canary-token',
    tags: [{ key: 'canary', value: 'canary', name: 'canary', id: 'canary' }],
    project: { region: 'canary-region', projectId: 'p1' },
  };
  const { line } = await auditOf(gate, { query: KINDS, variables: { input } });
  const [field] = line['fields'] as { ids: Record<string, string[]>; moreIds: boolean }[];
  expect(field!.ids['clusterId']).toEqual(['x'.repeat(256)]);
  expect(field!.ids['endpointIds']).toHaveLength(99);
  expect(field!.moreIds).toBe(true);
  const few = { targets: [{ parent: { serviceId: 's' }, endpointIds: ['e', 'e', 'f'] }] };
  const { line: short } = await auditOf(gate, { query: KINDS, variables: { input: few } });
  expect(short['fields']).toMatchObject([{ ids: { serviceId: ['s'], endpointIds: ['e', 'f'] } }]);
  expect((short['fields'] as object[])[0]).not.toHaveProperty('moreIds');
  expect(JSON.stringify(auditLines(gate))).not.toContain('canary');
});

test('neither deep nor long values of variables cost the line much', async () => {
  const gate = await startLoggingGateway();
  const deep = `${'['.repeat(20_000)}"e"${']'.repeat(20_000)}`;
  const texts = [
    `{"query":${JSON.stringify(KINDS)},"variables":{"input":${deep}}}`,
    JSON.stringify({
      query: `mutation ($input: AcceptConnectionsInput!) { ${Array.from({ length: 300 }, (_, n) => `a${n}: acceptConnections(input: $input) { __typename }`).join(' ')} }`,
      variables: { input: { targets: Array.from({ length: 60_000 }, () => 1) } },
    }),
  ];
  for (const text of texts) {
    const before = auditLines(gate).length;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await gate.post(text)).status).toBe(200);
    expect(auditLines(gate)).toHaveLength(before + 1);
  }
  const line = auditLines(gate).at(-1)!;
  expect(line['fields']).toHaveLength(100);
  expect(line['moreFields']).toBe(true);
  expect(JSON.stringify(line).length).toBeLessThan(20_000);
});

/** Input fields of type ID that name nothing that a mutation is aimed at. */
const NO_TARGETS = ['clientMutationId'];

const idFields = (type: GraphQLInputType, path: string[] = []): string[][] => {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return named.name === 'ID' ? [path] : [];
  return Object.values(named.getFields()).flatMap((field) => idFields(field.type, [...path, field.name]));
};

const MUTATIONS = Object.values(apiSchema().getMutationType()!.getFields());
const TARGETS = MUTATIONS.flatMap(({ name, args }) =>
  idFields(args[0]!.type)
    .filter((path) => !NO_TARGETS.includes(path.at(-1)!))
    .map((path) => ({ name, path })),
);

test('every id that a mutation can be given is in its line', async () => {
  const gate = await startLoggingGateway();
  expect(TARGETS.length).toBeGreaterThan(20);
  for (const { name, path } of TARGETS) {
    const input = path.reduceRight<unknown>((value, key) => ({ [key]: value }), 'some-id');
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { clientMutationId } }`;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { line } = await auditOf(gate, { query, variables: { input } });
    expect(JSON.stringify(line['fields']), `${name} ${path.join('.')}`).toContain('some-id');
  }
});
