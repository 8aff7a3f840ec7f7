import { describe, expect, test } from 'vitest';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  makeServiceConnection,
  SANDBOX,
  type World,
} from '../../src/sandbox/world.ts';
import { countCalls } from '../support/count-calls.ts';
import { gateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';

const ACCOUNT = 'account1';
const record = (permission: string) => makePermission({ permission });
const OWN = `iam:domain::${ACCOUNT}`;

/** A cluster for each way to be admitted or not, and services likewise. */
const smallWorld = (): World => ({
  ...emptyWorld(),
  clusters: [
    makeCluster({
      name: 'own record',
      permissions: [record(OWN), record('iam:domain::other')],
      connections: [
        makeClusterConnection({ domain_id: ACCOUNT }),
        makeClusterConnection({ domain_id: 'other' }),
      ],
    }),
    makeCluster({ name: 'empty whitelist', permissions: [] }),
    makeCluster({ name: 'wildcard', permissions: [record('*')] }),
    makeCluster({ name: 'another account', permissions: [record('iam:domain::other')] }),
    makeCluster({ name: 'access off', endpointAccess: false, permissions: [], vpcServiceName: null }),
  ],
  services: [
    makeService({
      description: 'own record',
      permissions: [record(OWN)],
      connections: [makeServiceConnection({ domain_id: ACCOUNT })],
    }),
    makeService({ description: 'organisation', permissions: [record('organizations:orgPath::o-1/r-1/*')] }),
    makeService({ description: 'empty whitelist', permissions: [] }),
  ],
});

const QUESTION = `query ($account: ID!, $first: Int, $after: String) { accessFor(domainId: $account, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } unavailable { clusterId serviceId code }
  nodes {
    cluster { name } endpointService { description } openToEveryone isOwner
    permissions { permission } possiblePermissions { permission } connections { nodes { domainId } }
  } } }`;

interface Row {
  cluster: { name: string } | null;
  endpointService: { description: string } | null;
}
const namesOf = (rows: readonly Row[]): string[] =>
  rows
    .map(({ cluster, endpointService }) =>
      cluster ? `cluster ${cluster.name}` : `service ${endpointService!.description}`,
    )
    .toSorted();
const EXPECTED = [
  'cluster empty whitelist',
  'cluster own record',
  'cluster wildcard',
  'service organisation',
  'service own record',
];

test('what an account may reach is one query, with the records that admit it', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: smallWorld() } });
  const { data, errors } = await ask(QUESTION, { account: ACCOUNT });
  expect(errors).toBeUndefined();
  const rows = data.accessFor.nodes;
  expect(namesOf(rows)).toEqual(EXPECTED);
  expect(data.accessFor).toMatchObject({ totalCount: 5, unavailable: [] });
  const named = (name: string) => rows.find((row: Row) => row.cluster?.name === name);
  expect(named('own record')).toMatchObject({
    openToEveryone: false,
    permissions: [{ permission: OWN }],
    connections: { nodes: [{ domainId: ACCOUNT }] },
  });
  expect(named('empty whitelist')).toMatchObject({ openToEveryone: true, permissions: [] });
  expect(named('wildcard')).toMatchObject({ openToEveryone: true, permissions: [{ permission: '*' }] });
  expect(rows.find((row: Row) => row.endpointService?.description === 'organisation')).toMatchObject({
    permissions: [],
    possiblePermissions: [{ permission: 'organizations:orgPath::o-1/r-1/*' }],
  });
  // The connections of the clusters that admit it are read to their end, beside one call for each whitelist.
  expect(countCalls(calls())).toMatchObject({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoint-services/{id}/permissions': 3,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('the whitelists alone take one call each', async () => {
  const { ask, calls } = await gateway({ sandbox: { world: smallWorld() } });
  await ask(`{ accessFor(domainId: "${ACCOUNT}") { totalCount } }`);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 5,
    'GET /vpc-endpoint-services/{id}/permissions': 3,
  });
});

test('over the sandbox the answer is that of its whitelists', async () => {
  const world = createWorld();
  const { ask } = await gateway({ sandbox: { world } });
  const account = world.clusters
    .flatMap(({ permissions }) => permissions)
    .find(({ permission }) => permission.startsWith('iam:domain::'))!
    .permission.slice('iam:domain::'.length);
  const admits = (permissions: readonly { permission: string }[]) =>
    permissions.some(({ permission }) => ['*', `iam:domain::${account}`].includes(permission));
  const clusters = world.clusters.filter(
    ({ endpointAccess, generation, permissions }) =>
      endpointAccess && generation !== 'oldest' && (permissions.length === 0 || admits(permissions)),
  );
  const inFront = new Set(world.clusters.map(({ vpcServiceName }) => vpcServiceName));
  const services = world.services.filter(
    ({ service_name, permissions }) =>
      !inFront.has(service_name) && (account === SANDBOX.domainId || admits(permissions)),
  );
  const { data } = await ask(
    `{ accessFor(domainId: "${account}", first: 100) { nodes { possiblePermissions { id } permissions { id } openToEveryone isOwner
       cluster { clusterId } endpointService { serviceId } } } }`,
  );
  const sure = data.accessFor.nodes.filter(
    (row: { permissions: object[]; openToEveryone: boolean; isOwner: boolean }) =>
      row.permissions.length > 0 || row.openToEveryone || row.isOwner,
  );
  const ids = sure.map(
    (row: { cluster?: { clusterId: string }; endpointService?: { serviceId: string } }) =>
      row.cluster?.clusterId ?? row.endpointService?.serviceId,
  );
  expect(ids.toSorted()).toEqual([...clusters, ...services].map(({ id }) => id).toSorted());
});

test('pages of it are the whole, and a whitelist that may not be read is named', async () => {
  const world = smallWorld();
  const { ask, sandbox } = await gateway({ sandbox: { world } });
  const { id } = world.services[0]!;
  sandbox.fault({
    path: new RegExp(`${id}/permissions`),
    respond: { status: 403, body: { error_code: 'EndPoint.0004', error_msg: 'no' } },
  });
  const found: Row[] = [];
  for (let after: string | null = null; ;) {
    const { data } = await ask(QUESTION, { account: ACCOUNT, first: 2, after });
    found.push(...data.accessFor.nodes);
    expect(data.accessFor.unavailable).toEqual([{ clusterId: null, serviceId: id, code: 'FORBIDDEN' }]);
    if (!data.accessFor.pageInfo.hasNextPage) break;
    after = data.accessFor.pageInfo.endCursor;
  }
  expect(namesOf(found)).toEqual(EXPECTED.filter((name) => name !== 'service own record'));
});

/** Refuses every call for a path as one that the caller may not make. */
const FORBIDDEN = { status: 403, body: { error_code: 'APIGW.0302', error_msg: 'no' } };

const ONE_PROJECT = {
  'GET /clusters': 1,
  'GET /vpc-endpoint-services': 1,
  'GET /clusters/{id}/vpcepservice/connections': 5,
  'GET /vpc-endpoint-services/{id}/permissions': 3,
};

interface Gap {
  clusterId: string | null;
  code: string;
}

const times = (count: number, calls: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(calls).map(([call, number]) => [call, count * number]));

const WITHOUT_CONNECTIONS = `query ($account: ID!) { accessFor(domainId: $account) {
  totalCount nodes { cluster { name } endpointService { description } openToEveryone permissions { permission } }
  unavailable { projectId clusterId serviceId code } } }`;

describe('the clusters and services of three projects', () => {
  test('are one list, with one call for each of them', async () => {
    const { ask, calls } = await startProjectsGateway([smallWorld(), smallWorld(), smallWorld()]);
    const { data } = await ask(WITHOUT_CONNECTIONS, { account: ACCOUNT });
    expect(data.accessFor).toMatchObject({ totalCount: 15, unavailable: [] });
    expect(countCalls(calls())).toEqual(times(3, ONE_PROJECT));
  });

  test('are those of the others where one project may not be read', async () => {
    const { ask, calls, clouds } = await startProjectsGateway([smallWorld(), smallWorld(), smallWorld()]);
    clouds[1]!.fault({ path: /^\/v1/, respond: FORBIDDEN });
    const { data } = await ask(WITHOUT_CONNECTIONS, { account: ACCOUNT });
    const missing = { projectId: 'p1', clusterId: null, serviceId: null, code: 'FORBIDDEN' };
    expect(data.accessFor).toMatchObject({ totalCount: 10, unavailable: [missing, missing] });
    expect(countCalls(calls())).toEqual({
      ...times(2, ONE_PROJECT),
      'GET /clusters': 3,
      'GET /vpc-endpoint-services': 3,
    });
  });

  test('can be those of one of them', async () => {
    const { ask, calls } = await startProjectsGateway([smallWorld(), smallWorld(), smallWorld()]);
    const { data } = await ask(
      WITHOUT_CONNECTIONS.replace(
        'domainId: $account',
        'domainId: $account, project: { region: "ap-southeast-1", projectId: "p2" }',
      ),
      { account: ACCOUNT },
    );
    expect(data.accessFor).toMatchObject({ totalCount: 5, unavailable: [] });
    const asked = calls();
    expect(countCalls(asked)).toEqual(ONE_PROJECT);
    for (const call of asked) expect(call).toContain('/p2/');
  });
});

test('a cluster that is down and one that may not be read are named, with the reasons', async () => {
  const world = smallWorld();
  const { ask, calls, sandbox } = await gateway({ sandbox: { world } });
  const [down, forbidden] = world.clusters;
  sandbox.fault({ path: new RegExp(`${down!.id}/`), respond: { status: 500, body: {} } });
  sandbox.fault({ path: new RegExp(`${forbidden!.id}/`), respond: FORBIDDEN });
  const { data, errors } = await ask(WITHOUT_CONNECTIONS, { account: ACCOUNT });
  expect(errors).toBeUndefined();
  const codes = data.accessFor.unavailable.map(({ clusterId, code }: Gap) => [clusterId, code]);
  expect(new Map(codes)).toEqual(
    new Map([
      [down!.id, 'UPSTREAM_UNAVAILABLE'],
      [forbidden!.id, 'FORBIDDEN'],
    ]),
  );
  expect(namesOf(data.accessFor.nodes)).toEqual(
    EXPECTED.filter((name) => !['cluster own record', 'cluster empty whitelist'].includes(name)),
  );
  const asked = calls();
  // A read that failed is tried again, beside one call for everything else.
  const retries = asked.filter((call) => call.includes(down!.id)).length - 1;
  expect(retries).toBeLessThan(4);
  expect(countCalls(asked)).toEqual({
    ...ONE_PROJECT,
    'GET /clusters/{id}/vpcepservice/connections': 5 + retries,
  });
});

test('a cluster past its ceiling is judged by its whitelist, and stands for its own service no more', async () => {
  const world = emptyWorld();
  const connections = Array.from({ length: 2100 }, (_, at) =>
    makeClusterConnection({ domain_id: at === 2050 ? ACCOUNT : 'other' }),
  );
  const permissions = [record(OWN)];
  const service = makeService({ description: 'in front', connections, permissions });
  world.clusters.push(
    makeCluster({ name: 'alone', connections, permissions }),
    makeCluster({ name: 'cut', connections, permissions, vpcServiceName: service.service_name }),
  );
  world.services.push(service);
  const { ask, calls } = await gateway({ sandbox: { world } });
  const { data, errors } = await ask(WITHOUT_CONNECTIONS, { account: ACCOUNT });
  expect(errors).toBeUndefined();
  expect(namesOf(data.accessFor.nodes)).toEqual(['cluster alone', 'service in front']);
  expect(data.accessFor.unavailable).toEqual([]);
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /clusters/{id}/vpcepservice/connections': 2,
    'GET /vpc-endpoint-services/{id}/permissions': 1,
  });
  const found = await ask(`{ accessFor(domainId: "${ACCOUNT}") { nodes { cluster { name }
    connections { totalCount truncatedAt nodes { domainId } } } } }`);
  const byCluster = new Map<string | undefined, object>(
    found.data.accessFor.nodes.map((row: { cluster?: { name: string }; connections: object }) => [
      row.cluster?.name,
      row.connections,
    ]),
  );
  // What the account has past the ceiling is not claimed to be nothing; the service has all.
  expect(byCluster.get('alone')).toEqual({ totalCount: null, truncatedAt: 2000, nodes: [] });
  expect(byCluster.get(undefined)).toMatchObject({ totalCount: 1, truncatedAt: null });
});

test('a whitelist that is too long is judged as far as it can be read, and named', async () => {
  const world = emptyWorld();
  const long = (at: number) =>
    Array.from({ length: 1200 }, (_, index) => record(index === at ? OWN : `iam:domain::a${index}`));
  const [inside, outside] = [
    makeService({ permissions: long(700) }),
    makeService({ permissions: long(1100) }),
  ];
  world.services.push(inside, outside);
  const { ask, calls } = await gateway({ sandbox: { world }, settings: { MAX_LIST_ROWS: '1000' } });
  const { data } = await ask(
    `{ accessFor(domainId: "${ACCOUNT}") { nodes { endpointService { serviceId } } unavailable { serviceId code } } }`,
  );
  expect(data.accessFor.nodes).toEqual([{ endpointService: { serviceId: inside.id } }]);
  expect(data.accessFor.unavailable).toHaveLength(2);
  for (const gap of data.accessFor.unavailable) expect(gap.code).toBe('RESULT_TRUNCATED');
  expect(countCalls(calls())).toEqual({
    'GET /clusters': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoint-services/{id}/permissions': 4,
  });
});

test('an owner is admitted to its services without a record', async () => {
  const { ask } = await gateway({ sandbox: { world: smallWorld() } });
  const { data } = await ask(QUESTION, { account: SANDBOX.domainId });
  const owned = data.accessFor.nodes.filter(({ isOwner }: { isOwner: boolean }) => isOwner);
  expect(namesOf(owned)).toEqual(['service empty whitelist', 'service organisation', 'service own record']);
});
