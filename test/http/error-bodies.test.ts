import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-codes.ts';
import { servedSchema } from '../../src/graphql/schema.ts';
import { REFUSAL_SHAPES, type RefusalShape } from '../../src/sandbox/http/refusals.ts';
import { createWorld, INSIGHT_DOMAIN_ID, makePermission, type World } from '../../src/sandbox/world.ts';
import { readsOfContract, writesOfContract } from '../support/contract.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import {
  clusterIn,
  gatewayEndpointIn,
  READ_OPERATIONS,
  serviceIn,
  WORKSPACE,
} from '../support/read-operations.ts';

const SHAPES = Object.keys(REFUSAL_SHAPES) as RefusalShape[];
const STATUSES = [200, 202, 400, 403, 500];
const REQUESTS = writesOfContract();

/** A code of each service with one meaning, which no read takes for an answer. */
const CODES = [
  { in: /cluster/i, wire: 'CSS.0063', code: 'QUOTA_EXCEEDED' },
  {
    in: /DataConnection|Insight|Workspaces|verify/,
    wire: 'DataArtsInsight.24150000',
    code: 'BAD_USER_INPUT',
  },
  { in: /./, wire: 'EndPoint.1018', code: 'QUOTA_EXCEEDED' },
] as const satisfies { in: RegExp; wire: string; code: ErrorCode }[];

const codeOf = (operation: string) => CODES.find((one) => one.in.test(operation))!;

const rowIn = ({ services }: World) => services.find(({ connections }) => connections.length > 2)!;
const waitingIn = (world: World) =>
  rowIn(world).connections.find(({ status }) => status === 'pendingAcceptance')!.id;
const ACCOUNT = '5fc973eea581490997e82ea11a1df31f';

/** How each operation that writes is reached: a mutation, and its input. */
const WRITES: Record<string, { name: string; input: (world: World) => string; older?: true }> = {
  updateClusterConnections: {
    name: 'rejectConnections',
    input: (world) => {
      const { id, connections } = world.clusters.find(({ connections: rows }) => rows.length > 2)!;
      return `targets: [{ parent: { clusterId: "${id}" }, endpointIds: ["${connections[0]!.id}"] }]`;
    },
  },
  acceptOrRejectConnection: {
    name: 'acceptConnections',
    input: (world) =>
      `targets: [{ parent: { serviceId: "${serviceIn(world)}" }, endpointIds: ["${waitingIn(world)}"] }]`,
  },
  updateConnectionDescription: {
    name: 'updateConnectionDescriptions',
    input: (world) =>
      `serviceId: "${serviceIn(world)}", connections: [{ endpointId: "${rowIn(world).connections[0]!.id}", description: "d" }]`,
  },
  replaceClusterWhitelist: {
    name: 'addPermissions',
    input: (world) => `parent: { clusterId: "${clusterIn(world)}" }, principals: ["${ACCOUNT}"]`,
  },
  batchCreateServicePermissions: {
    name: 'addPermissions',
    input: (world) => `parent: { serviceId: "${serviceIn(world)}" }, principals: ["${ACCOUNT}"]`,
  },
  batchDeleteServicePermissions: {
    name: 'removePermissions',
    input: (world) =>
      `parent: { serviceId: "${serviceIn(world)}" }, principals: ["${rowIn(world).permissions[0]!.permission}"]`,
  },
  addOrRemoveServicePermissions: {
    name: 'addPermissions',
    input: (world) => `parent: { serviceId: "${serviceIn(world)}" }, principals: ["${ACCOUNT}"]`,
    older: true,
  },
  updateServicePermissionDescription: {
    name: 'updatePermissionDescription',
    input: (world) =>
      `serviceId: "${serviceIn(world)}", permissionId: "${rowIn(world).permissions[0]!.id}", description: "d"`,
  },
  enableClusterEndpointAccess: {
    name: 'enableEndpointAccess',
    input: ({ clusters }) =>
      `clusterId: "${clusters.find(({ endpointAccess, status }) => !endpointAccess && status === '200')!.id}"`,
  },
  disableClusterEndpointAccess: {
    name: 'disableEndpointAccess',
    input: (world) => `clusterId: "${clusterIn(world)}"`,
  },
  createEndpointService: {
    name: 'createEndpointService',
    input: () => 'portId: "p", vpcId: "v", serverType: VM, ports: [{ clientPort: 80, serverPort: 80 }]',
  },
  updateEndpointService: {
    name: 'updateEndpointService',
    input: (world) => `serviceId: "${serviceIn(world)}", description: "d"`,
  },
  renameEndpointService: {
    name: 'renameEndpointService',
    input: (world) => `serviceId: "${serviceIn(world)}", label: "other"`,
  },
  deleteEndpointService: {
    name: 'deleteEndpointService',
    input: ({ services }) =>
      `serviceId: "${services.find(({ connections }) => connections.length === 0)!.id}"`,
  },
  createEndpoint: {
    name: 'createEndpoint',
    input: (world) => `serviceId: "${serviceIn(world)}", vpcId: "v", subnetId: "s"`,
  },
  updateEndpointWhitelist: {
    name: 'updateEndpointWhitelist',
    input: ({ endpoints }) => `endpointId: "${endpoints[0]!.connection.id}", whitelistEnabled: true`,
  },
  deleteEndpoint: {
    name: 'deleteEndpoint',
    input: ({ endpoints }) => `endpointId: "${endpoints[0]!.connection.id}"`,
  },
  updateEndpointPolicy: {
    name: 'updateEndpointPolicy',
    input: (world) =>
      `endpointId: "${gatewayEndpointIn(world)}", statements: [{ effect: DENY, actions: ["*"], resources: ["*"] }]`,
  },
  deleteEndpointPolicy: {
    name: 'deleteEndpointPolicy',
    input: (world) => `endpointId: "${gatewayEndpointIn(world)}", openToEveryone: true`,
  },
  updateEndpointRouteTables: {
    name: 'updateEndpointRouteTables',
    input: (world) => `endpointId: "${gatewayEndpointIn(world)}", routeTableIds: ["t1"]`,
  },
  changeResourceTags: {
    name: 'addTags',
    input: ({ endpoints }) =>
      `resources: [{ endpointId: "${endpoints[0]!.connection.id}" }], tags: [{ key: "k" }]`,
  },
  upgradeEndpoint: {
    name: 'upgradeEndpoint',
    input: ({ endpoints }) => `endpointId: "${endpoints[0]!.connection.id}"`,
  },
  upgradeEndpointService: {
    name: 'upgradeEndpointService',
    input: (world) => `serviceId: "${serviceIn(world)}"`,
  },
  addEndpointServiceServerResources: {
    name: 'addServerResources',
    input: (world) =>
      `serviceId: "${serviceIn(world)}", serverResources: [{ loadBalancerId: "20872649-163e-4302-83be-8ff6e31d9aa0" }]`,
  },
  verifyAndCreateVpcEndpoint: {
    name: 'verifyAndCreateEndpoint',
    input: (world) => `dataSourceType: "DWS", service: { id: "${serviceIn(world)}" }`,
  },
};

/** All that a payload may claim: it says nothing of where it leads back to. */
const payloadOf = (name: string): string => {
  const type = getNamedType(servedSchema().getMutationType()!.getFields()[name]!.type);
  if (!isObjectType(type)) throw new Error(`${name} has no payload`);
  return Object.values(type.getFields())
    .map((field) => {
      if (field.name === 'userErrors') return 'userErrors { code }';
      return isLeafType(getNamedType(field.type)) ? field.name : `${field.name} { __typename }`;
    })
    .join(' ');
};

/** The usual world, whose own services let DataArts Insight in. */
const openWorld = (): World => {
  const world = createWorld();
  for (const { permissions } of world.services)
    permissions.push(makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` }));
  return world;
};

const isNothing = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

/** What a payload shows as a look after the write found it. */
const LOOKED_AT = new Set(['connections', 'permissions', 'endpoints', 'endpointServices']);

/** Where a payload leads back to, which says nothing about the change. */
const LEADS_BACK: Readonly<Record<string, readonly string[]>> = {
  acceptConnections: ['clusters', 'endpointServices'],
  rejectConnections: ['clusters', 'endpointServices'],
  addPermissions: ['cluster', 'endpointService'],
  removePermissions: ['cluster', 'endpointService'],
};

/** What is wrong with an answer to a refused write. */
const wrongIn = ({ data, errors }: Answer, name: string, code: ErrorCode): string | null => {
  if (errors) return `it fails: ${errors[0]!.message}`;
  const { userErrors, ...claims } = data[name] as Record<string, unknown> & {
    userErrors: { code: string }[];
  };
  const says = (of: string) => !LOOKED_AT.has(of) && !(LEADS_BACK[name] ?? []).includes(of);
  const claimed = Object.entries(claims).filter(([of, value]) => says(of) && !isNothing(value));
  if (claimed.length > 0) return `it claims ${JSON.stringify(claimed)}`;
  return userErrors.map((one) => one.code).join() === code ? null : `it tells ${JSON.stringify(userErrors)}`;
};

const everyRefusal = async (
  { sandbox }: TestGateway,
  at: { method: string; path: RegExp },
  wire: string,
  judge: (shape: RefusalShape, status: number) => Promise<string | null>,
) => {
  const wrong: string[] = [];
  for (const shape of SHAPES)
    for (const status of STATUSES) {
      sandbox.clearFaults();
      sandbox.fault({ ...at, refuse: { status, shape, code: wire } });
      const verdict = await judge(shape, status); // oxlint-disable-line no-await-in-loop -- they share a sandbox
      if (verdict !== null) wrong.push(`${shape} under ${status}: ${verdict}`);
    }
  return wrong;
};

test('every operation of the contract is refused', () => {
  expect(Object.keys(READ_OPERATIONS).toSorted()).toEqual([...readsOfContract().keys()].toSorted());
  expect(Object.keys(WRITES).toSorted()).toEqual([...REQUESTS.keys()].toSorted());
});

test.each(Object.keys(READ_OPERATIONS))(
  '%s tells a refusal in any shape, under any status',
  async (operation) => {
    const read = READ_OPERATIONS[operation]!;
    const gate = await gateway();
    const { wire, code } = codeOf(operation);
    const wrong = await everyRefusal(
      gate,
      { method: read.method ?? 'GET', path: read.path },
      wire,
      async (_shape, status) => {
        const { data, errors } = await gate.ask(read.ask(gate.sandbox.world), {}, WORKSPACE);
        const told = errors?.[0]?.extensions;
        const upstream = { errorCode: wire, status };
        if (told?.code !== code) return `it tells ${JSON.stringify(told ?? data)}`;
        return expect.objectContaining(upstream).asymmetricMatch(told.upstream) ? null : JSON.stringify(told);
      },
    );
    expect(wrong).toEqual([]);
  },
);

test.each(Object.keys(WRITES))(
  '%s claims nothing after a refusal in any shape, under any status',
  async (operation) => {
    const { name, input, older } = WRITES[operation]!;
    const gate = await gateway({ sandbox: { world: openWorld() } });
    const { wire, code } = codeOf(operation);
    const at = REQUESTS.get(operation)!;
    const mutation = `mutation { ${name}(input: { ${input(gate.sandbox.world)} }) { ${payloadOf(name)} } }`;
    const wrong = await everyRefusal(gate, at, wire, async (shape, status) => {
      if (older)
        gate.sandbox.fault({
          path: /batch-/,
          refuse: { status: 404, shape: 'error_code', code: 'APIGW.0101' },
        });
      const answer = await gate.ask(mutation, {}, WORKSPACE);
      // Of some items nobody knows whether they were done.
      const isPartly = shape === 'items that failed' && status < 300;
      return wrongIn(answer, name, isPartly ? 'INDETERMINATE' : code);
    });
    expect(wrong).toEqual([]);
    const { calls } = gate.sandbox;
    expect(calls.filter(({ method, path }) => method === at.method && at.path.test(path))).toHaveLength(
      SHAPES.length * STATUSES.length,
    );
  },
);

/** What an upstream may answer that is no refusal, however much it looks like one. */
const SUCCESSES: { what: string; operation: string; body: object; told: object }[] = [
  {
    what: 'a service with a failure of its own',
    operation: 'getEndpointService',
    body: { id: 's1', status: 'failed', error: [{ error_code: 'EndPoint.2022', error_message: 'm' }] },
    told: { status: 'FAILED', failures: [{ code: 'EndPoint.2022', message: 'm' }] },
  },
  {
    what: 'a service with a failure that is no list',
    operation: 'getEndpointService',
    body: { id: 's1', status: 'failed', error: { code: 'EndPoint.2022', message: 'm' } },
    told: { status: 'FAILED', failures: [{ code: 'EndPoint.2022', message: 'm' }] },
  },
  {
    what: 'an endpoint with a code that nobody knows',
    operation: 'getEndpoint',
    body: { id: 'e1', status: 'accepted', code: 'new', message: 'words', error: [] },
    told: { status: 'ACCEPTED', failures: [] },
  },
  {
    what: 'a cluster with the reason of its failure',
    operation: 'getCluster',
    body: { id: 'c1', name: 'n', status: '303', failedReason: { errorCode: 'CSS.6000', errorMsg: 'm' } },
    told: { status: 'FAILED', name: 'n', failures: [{ code: 'CSS.6000', message: 'm' }] },
  },
];

test.each(SUCCESSES)('$what is no refusal', async ({ operation, body, told }) => {
  const gate = await gateway();
  const { path, ask, in: place } = READ_OPERATIONS[operation]!;
  gate.sandbox.fault({ path, respond: { status: 200, body } });
  const { data, errors } = await gate.ask(ask(gate.sandbox.world));
  expect(errors).toBeUndefined();
  expect(data[place[0]!]).toMatchObject(told);
});

test.each([
  { body: { connections: [{ id: 'e', status: 'failed', error: [{ error_code: 'x' }] }] } },
  { body: {} },
  { body: 'null' },
  { body: { id: 's', error: [{ error_code: 'x' }] } },
])('a write that is answered with $body is done', async ({ body }) => {
  const gate = await gateway({ sandbox: { world: openWorld() } });
  const { name, input } = WRITES['acceptOrRejectConnection']!;
  gate.sandbox.fault({ method: 'POST', path: /action$/, respond: { status: 200, body } });
  const answer = await gate.ask(
    `mutation { ${name}(input: { ${input(gate.sandbox.world)} }) { userErrors { code } } }`,
  );
  expect(answer).toEqual({ data: { acceptConnections: { userErrors: [] } } });
});

test.each([
  {
    body: { error: { code: 401, message: 'm', title: 'Unauthorized' } },
    code: 'UNAUTHENTICATED',
    errorCode: '401',
  },
  { body: { error: { code: 503, message: 'm' } }, code: 'UPSTREAM_UNAVAILABLE', errorCode: '503' },
  { body: { code: 7, message: 'm' }, code: 'UPSTREAM_BAD_RESPONSE', errorCode: '7' },
  { body: { error: { message: 'm' } }, code: 'UPSTREAM_BAD_RESPONSE', errorCode: undefined },
])('$body under 200 means $code', async ({ body, code, errorCode }) => {
  const gate = await gateway();
  gate.sandbox.fault({ path: /\/vpc-endpoints\?/, respond: { status: 200, body } });
  const { errors, data } = await gate.ask('{ endpoints { nodes { status } } }');
  expect(data).toEqual({ endpoints: null });
  expect(errors![0]!.extensions).toMatchObject({ code, upstream: { status: 200 } });
  expect(errors![0]!.extensions.upstream!['errorCode']).toBe(errorCode);
});
