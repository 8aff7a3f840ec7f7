import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { servedSchema } from '../../src/graphql/schema.ts';
import {
  emptyWorld,
  INSIGHT_DOMAIN_ID,
  makeCluster,
  makeClusterConnection,
  makeEndpoint,
  makePermission,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { listWrites } from '../support/writes.ts';

/** One input of each mutation, and what its payload leads to. */
interface Mutation {
  input: object;
  /** Whether a repeat after an unclear outcome finds out by reading; a new thing cannot be told from others. */
  isVerified: boolean;
  /** Fields of the payload that have to be there after the change, beside the changed things. */
  leadsTo: readonly string[];
}

const accountAt = (at: number) => `${at}`.padStart(32, 'a');
const PERMISSIONS = { principals: [accountAt(3), accountAt(4)] };
const STATEMENTS = [
  { effect: 'ALLOW', actions: ['obs:object:GetObject'], resources: ['obs:*:*:object:reports/*'] },
];
const decide = (parent: object, endpointId: string) => ({ targets: [{ parent, endpointIds: [endpointId] }] });

const tagging = (resource: object) => ({ resources: [resource], tags: [{ key: 'team', value: 'net' }] });
const untagging = (resource: object) => ({ resources: [resource], tags: [{ key: 'stage' }] });

/** Every mutation of the schema, some of them once for each kind of parent. */
const MUTATIONS: Record<string, readonly Mutation[]> = {
  acceptConnections: [
    { input: decide({ clusterId: 'on' }, 'waits-c'), isVerified: true, leadsTo: ['clusters'] },
    { input: decide({ serviceId: 'used' }, 'waits-s'), isVerified: true, leadsTo: ['endpointServices'] },
  ],
  rejectConnections: [
    { input: decide({ clusterId: 'on' }, 'waits-c'), isVerified: true, leadsTo: ['clusters'] },
    { input: decide({ serviceId: 'used' }, 'waits-s'), isVerified: true, leadsTo: ['endpointServices'] },
  ],
  addPermissions: [
    {
      input: { parent: { clusterId: 'on' }, ...PERMISSIONS },
      isVerified: true,
      leadsTo: ['cluster', 'clusterPermissionEdges'],
    },
    {
      input: { parent: { serviceId: 'used' }, ...PERMISSIONS },
      isVerified: true,
      leadsTo: ['endpointService', 'endpointServicePermissionEdges'],
    },
  ],
  removePermissions: [
    {
      input: { parent: { clusterId: 'on' }, principals: [accountAt(1)] },
      isVerified: true,
      leadsTo: ['cluster'],
    },
    {
      input: { parent: { serviceId: 'used' }, principals: [accountAt(1)] },
      isVerified: true,
      leadsTo: ['endpointService'],
    },
  ],
  addTags: [
    { input: tagging({ serviceId: 's' }), isVerified: true, leadsTo: ['endpointServices'] },
    { input: tagging({ endpointId: 'e' }), isVerified: true, leadsTo: ['endpoints'] },
  ],
  removeTags: [
    { input: untagging({ serviceId: 's' }), isVerified: true, leadsTo: ['endpointServices'] },
    { input: untagging({ endpointId: 'e' }), isVerified: true, leadsTo: ['endpoints'] },
  ],
  createEndpoint: [
    {
      input: { serviceId: 's', vpcId: 'v', subnetId: 'n' },
      isVerified: false,
      leadsTo: ['endpoint', 'endpointEdge', 'connectionEdge'],
    },
  ],
  deleteEndpoint: [{ input: { endpointId: 'e' }, isVerified: true, leadsTo: ['deletedId'] }],
  updateEndpointWhitelist: [
    { input: { endpointId: 'e', whitelist: ['10.0.0.0/8'] }, isVerified: true, leadsTo: ['endpoint'] },
  ],
  updateEndpointPolicy: [
    { input: { endpointId: 'g', statements: STATEMENTS }, isVerified: true, leadsTo: ['endpoint'] },
  ],
  deleteEndpointPolicy: [
    { input: { endpointId: 'g', openToEveryone: true }, isVerified: true, leadsTo: ['endpoint'] },
  ],
  updateEndpointRouteTables: [
    { input: { endpointId: 'g', routeTableIds: ['t1', 't2'] }, isVerified: true, leadsTo: ['endpoint'] },
  ],
  upgradeEndpoint: [{ input: { endpointId: 'e' }, isVerified: false, leadsTo: ['endpoint'] }],
  createEndpointService: [
    {
      input: { vpcId: 'v', portId: 'p', serverType: 'VM', ports: [{ clientPort: 80, serverPort: 80 }] },
      isVerified: false,
      leadsTo: ['endpointService', 'endpointServiceEdge'],
    },
  ],
  updateEndpointService: [
    { input: { serviceId: 's', description: 'other' }, isVerified: true, leadsTo: ['endpointService'] },
  ],
  renameEndpointService: [
    { input: { serviceId: 's', label: 'other' }, isVerified: true, leadsTo: ['endpointService'] },
  ],
  deleteEndpointService: [{ input: { serviceId: 's' }, isVerified: true, leadsTo: ['deletedId'] }],
  upgradeEndpointService: [{ input: { serviceId: 's' }, isVerified: true, leadsTo: ['endpointService'] }],
  addServerResources: [
    {
      input: {
        serviceId: 's',
        serverResources: [{ loadBalancerId: '20872649-163e-4302-83be-8ff6e31d9aa0' }],
      },
      isVerified: false,
      leadsTo: ['endpointService'],
    },
  ],
  updateConnectionDescriptions: [
    {
      input: { serviceId: 'used', connections: [{ endpointId: 'e', description: 'note' }] },
      isVerified: true,
      leadsTo: ['connections', 'endpointService'],
    },
  ],
  updatePermissionDescription: [
    {
      input: { serviceId: 'used', permissionId: 'record', description: 'note' },
      isVerified: true,
      leadsTo: ['permission', 'endpointService'],
    },
  ],
  enableEndpointAccess: [{ input: { clusterId: 'off' }, isVerified: true, leadsTo: ['cluster'] }],
  disableEndpointAccess: [{ input: { clusterId: 'on' }, isVerified: true, leadsTo: ['cluster'] }],
  verifyAndCreateEndpoint: [
    {
      input: { service: { id: 's' }, dataSourceType: 'DWS' },
      isVerified: false,
      leadsTo: ['connectedInstance', 'connectionEdge'],
    },
  ],
};

const CASES = Object.entries(MUTATIONS).flatMap(([name, inputs]) =>
  inputs.map((one) => ({ name, ...one, what: JSON.stringify(one.input).slice(0, 40) })),
);

const worldOf = (): World => {
  const world = emptyWorld();
  const row = makeServiceConnection({ id: 'e' });
  const record = makePermission({ id: 'record', permission: `iam:domain::${accountAt(1)}` });
  const gatewayService = makeService({ id: 'gate', service_type: 'gateway', enable_policy: true });
  const used = makeService({
    id: 'used',
    supported_editions: ['basic', 'profession'],
    connections: [row, makeServiceConnection({ id: 'waits-s', status: 'pendingAcceptance' })],
    permissions: [record, makePermission({ permission: `iam:domain::${accountAt(2)}` })],
  });
  const idle = makeService({
    id: 's',
    tags: [{ key: 'stage', value: 'prod' }],
    permissions: [makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` })],
  });
  const gatewayRow = makeServiceConnection({ id: 'g', vpcepIp: null });
  gatewayService.connections.push(gatewayRow);
  world.services.push(idle, used, gatewayService);
  world.endpoints.push(
    makeEndpoint(row, used, { tags: [{ key: 'stage', value: 'prod' }] }),
    makeEndpoint(gatewayRow, gatewayService, {
      routetables: ['t1'],
      policy_statement: [{ Effect: 'Deny', Action: ['*'], Resource: ['*'] }],
    }),
  );
  world.clusters.push(
    makeCluster({ id: 'off', endpointAccess: false, vpcServiceName: null }),
    makeCluster({
      id: 'on',
      connections: [makeClusterConnection({ id: 'waits-c', status: 'pendingAcceptance' })],
      permissions: [record, makePermission({ permission: `iam:domain::${accountAt(2)}` })],
    }),
  );
  return world;
};

const SCHEMA = servedSchema();
const PAYLOADS = new Map(
  Object.values(SCHEMA.getMutationType()!.getFields()).map(({ name, type }) => [name, getNamedType(type)]),
);

const fieldsOf = (type: unknown) => (isObjectType(type) ? Object.values(type.getFields()) : []);

/** Types of the fields of a payload. */
const typesIn = (name: string): string[] =>
  fieldsOf(PAYLOADS.get(name)).map(({ type }) => getNamedType(type).name);

test('every mutation of the schema is in the table', () => {
  expect(Object.keys(MUTATIONS).toSorted()).toEqual([...PAYLOADS.keys()].toSorted());
});

/** Mutations that add what no list with pages has. */
const IN_NO_LIST = new Map([
  ['addTags', 'the tags of a resource are a list without pages'],
  ['addServerResources', 'the cloud does not show the servers behind a service'],
]);

test('a payload of what is created or added has its edges, for clients that keep pages', () => {
  const adding = [...PAYLOADS.keys()].filter((name) => /^(add|create|verifyAndCreate)/.test(name));
  expect(adding.length).toBeGreaterThan(4);
  const without = adding.filter((name) => !typesIn(name).some((type) => type.endsWith('Edge')));
  expect(without.toSorted()).toEqual([...IN_NO_LIST.keys()].toSorted());
});

/** What connections and whitelist records are parts of. */
const PARENTS: Readonly<Record<string, string>> = {
  clusters: 'Cluster',
  endpointServices: 'EndpointService',
};

test('a payload of connections or whitelist records leads to what they are of', () => {
  const ofParts = [...PAYLOADS.keys()].filter((name) =>
    typesIn(name).some((type) => type === 'Connection' || type === 'Permission'),
  );
  expect(ofParts.length).toBeGreaterThan(5);
  for (const name of ofParts) {
    const found = Object.values(PARENTS).filter((type) => typesIn(name).includes(type));
    expect(found, name).toEqual(name.startsWith('update') ? ['EndpointService'] : Object.values(PARENTS));
  }
});

const HEADERS = { 'x-workspace-id': SANDBOX.workspaceId };

const changeWith =
  ({ ask }: TestGateway, name: string, selection: string) =>
  (input: object) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    return ask(`mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input }, HEADERS);
  };

const setUp = () => gateway({ sandbox: { world: worldOf(), settleMs: 0, lagMs: 0 } });

test.each(CASES)(
  '$name $what: a repeat with the key after an unclear outcome sends nothing, and tells whether the change shows',
  async ({ name, input, isVerified }) => {
    const gate = await setUp();
    const { sandbox } = gate;
    const send = changeWith(gate, name, 'userErrors { code message }');
    const change = async (key?: string) => {
      const { data, errors } = await send({ ...input, idempotencyKey: key });
      expect(errors).toBeUndefined();
      return data[name].userErrors as { code: string; message: string }[];
    };
    const isUnclear = (errors: readonly { code: string }[]) =>
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['INDETERMINATE']));
    for (const method of ['POST', 'PUT', 'DELETE'])
      sandbox.fault({ method, path: /./, reset: 'before', times: 1 });
    isUnclear(await change('k'));
    const sent = listWrites(sandbox).length;
    const again = await change('k');
    isUnclear(again);
    for (const { message } of again)
      expect(message.includes('does not show the change'), message).toBe(isVerified);
    for (const respond of [
      { status: 401, body: { error_code: 'APIGW.0401' } },
      { status: 403, body: { error_code: 'APIGW.0403' } },
      { status: 500, body: { error_code: 'APIGW.0500' } },
      { status: 403, body: { error_code: 'EndPoint.0004' } },
    ]) {
      sandbox.clearFaults();
      sandbox.fault({ method: 'GET', path: /./, respond });
      // What cannot be looked at is as unclear as before.
      isUnclear(await change('k'));
    }
    expect(listWrites(sandbox)).toHaveLength(sent);
    sandbox.clearFaults();
    expect(await change()).toEqual([]);
    const done = listWrites(sandbox).length;
    expect(done).toBeGreaterThan(sent);
    if (isVerified) expect(await change('k')).toEqual([]);
    else isUnclear(await change('k'));
    expect(listWrites(sandbox)).toHaveLength(done);
  },
);

/** Selects the identity of a thing, or of the thing at an edge. */
const identityOf = (name: string, field: string): string => {
  const found = fieldsOf(PAYLOADS.get(name)).find((one) => one.name === field)!;
  const type = getNamedType(found.type);
  if (!isObjectType(type)) return field;
  return `${field} { ${type.name.endsWith('Edge') ? 'cursor node { id }' : 'id'} }`;
};

/** Edges are of what the answer to the write named; a repeat has no such answer. */
const isEdge = (field: string) => /Edges?$/.test(field);

test.each(CASES.filter(({ isVerified }) => isVerified))(
  '$name $what: a repeat with the key finds the change that was made before the connection was cut',
  async ({ name, input, leadsTo }) => {
    const gate = await setUp();
    const { sandbox } = gate;
    const found = leadsTo.filter((field) => !isEdge(field));
    const send = changeWith(
      gate,
      name,
      `${found.map((field) => identityOf(name, field)).join(' ')} userErrors { code message }`,
    );
    for (const method of ['POST', 'PUT', 'DELETE'])
      sandbox.fault({ method, path: /./, reset: 'after', times: 1 });
    const first = await send({ ...input, idempotencyKey: 'k' });
    const codes = first.data[name].userErrors.map(({ code }: { code: string }) => code);
    expect(new Set(codes)).toEqual(new Set(['INDETERMINATE']));
    const sent = listWrites(sandbox).length;
    const { data, errors } = await send({ ...input, idempotencyKey: 'k' });
    expect(errors).toBeUndefined();
    expect(data[name].userErrors).toEqual([]);
    for (const field of found) expect([data[name][field]].flat(), field).not.toEqual([null]);
    expect(listWrites(sandbox)).toHaveLength(sent);
  },
);

describe.each(CASES)('$name $what', ({ name, input, leadsTo }) => {
  test('leads to what it changed, and to what that is of', async () => {
    const gate = await setUp();
    const send = changeWith(
      gate,
      name,
      `${leadsTo.map((field) => identityOf(name, field)).join(' ')} userErrors { code }`,
    );
    const { data, errors }: Answer = await send(input);
    expect(errors).toBeUndefined();
    expect(data[name].userErrors).toEqual([]);
    for (const field of leadsTo) {
      expect(data[name][field], field).toBeTruthy();
      const { type } = fieldsOf(PAYLOADS.get(name)).find((one) => one.name === field)!;
      if (isListType(getNullableType(type))) expect(data[name][field].length, field).toBeGreaterThan(0);
    }
  });

  test('leads nowhere where it is refused', async () => {
    const gate = await setUp();
    const send = changeWith(
      gate,
      name,
      `${leadsTo.map((field) => identityOf(name, field)).join(' ')} userErrors { code }`,
    );
    for (const method of ['POST', 'PUT', 'DELETE'])
      gate.sandbox.fault({
        method,
        path: /./,
        respond: { status: 404, body: { error_code: 'EndPoint.0005', errCode: 'CSS.0015' } },
      });
    const { data } = await send(input);
    expect(data[name].userErrors.length).toBeGreaterThan(0);
    for (const field of leadsTo) expect(data[name][field]?.length ?? 0, field).toBe(0);
  });
});

/** An edge of a payload, and the list that its cursor is of. */
const EDGES = [
  {
    name: 'createEndpoint',
    edge: 'endpointEdge',
    list: (page: string) => `{ list: endpoints(${page}) { nodes { id } } }`,
  },
  {
    name: 'createEndpoint',
    edge: 'connectionEdge',
    list: (page: string) =>
      `{ parent: endpointService(by: { id: "s" }) { list: connections(${page}) { nodes { id } } } }`,
  },
  {
    name: 'verifyAndCreateEndpoint',
    edge: 'connectionEdge',
    list: (page: string) =>
      `{ parent: endpointService(by: { id: "s" }) { list: connections(${page}) { nodes { id } } } }`,
  },
  {
    name: 'createEndpointService',
    edge: 'endpointServiceEdge',
    list: (page: string) => `{ list: endpointServices(${page}) { nodes { id } } }`,
  },
  {
    name: 'addPermissions',
    edge: 'clusterPermissionEdges',
    list: (page: string) =>
      `{ parent: cluster(clusterId: "on") { list: permissions(${page}) { nodes { id } } } }`,
  },
  {
    name: 'addPermissions',
    edge: 'endpointServicePermissionEdges',
    list: (page: string) =>
      `{ parent: endpointService(by: { id: "used" }) { list: permissions(${page}) { nodes { id } } } }`,
  },
];

test.each(EDGES)('the cursor of $edge of $name is one of its list', async ({ name, edge, list }) => {
  const gate = await setUp();
  const { input } = MUTATIONS[name]!.find(({ leadsTo }) => leadsTo.includes(edge))!;
  const { data } = await changeWith(gate, name, `${edge} { cursor node { id } }`)(input);
  const edges: { cursor: string; node: { id: string } }[] = [data[name][edge]].flat();
  expect(edges.length).toBe(name === 'addPermissions' ? 2 : 1);
  const idsOf = async (page: string): Promise<string[]> => {
    const { data: found, errors } = await gate.ask(list(page));
    expect(errors).toBeUndefined();
    return (found.parent ?? found).list.nodes.map(({ id }: { id: string }) => id);
  };
  const whole = await idsOf('first: 100');
  for (const { cursor, node } of edges) {
    const at = whole.indexOf(node.id);
    expect(at).toBeGreaterThanOrEqual(0);
    expect(await idsOf(`first: 100, after: "${cursor}"`)).toEqual(whole.slice(at + 1));
  }
});

test('every edge of a payload is looked at', () => {
  const all = [...PAYLOADS].flatMap(([name, payload]) =>
    fieldsOf(payload).flatMap((field) =>
      getNamedType(field.type).name.endsWith('Edge') ? [`${name}.${field.name}`] : [],
    ),
  );
  expect(EDGES.map(({ name, edge }) => `${name}.${edge}`).toSorted()).toEqual(all.toSorted());
});
