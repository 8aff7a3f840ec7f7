import { expect, test } from 'vitest';
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

test('the clusters and services of three projects are one list', async () => {
  const { ask } = await startProjectsGateway([smallWorld(), smallWorld(), smallWorld()]);
  const { data } = await ask(QUESTION, { account: ACCOUNT });
  expect(data.accessFor).toMatchObject({ totalCount: 15, unavailable: [] });
});

test('an owner is admitted to its services without a record', async () => {
  const { ask } = await gateway({ sandbox: { world: smallWorld() } });
  const { data } = await ask(QUESTION, { account: SANDBOX.domainId });
  const owned = data.accessFor.nodes.filter(({ isOwner }: { isOwner: boolean }) => isOwner);
  expect(namesOf(owned)).toEqual(['service empty whitelist', 'service organisation', 'service own record']);
});
