import { expect, test } from 'vitest';
import { createWorld, INSIGHT_DOMAIN_ID, makePermission, SANDBOX, type World } from '../src/sandbox/world.ts';
import { readContract } from './support/contract.ts';
import { recordedGateway } from './support/recorder.ts';

const contract = readContract();

/** A question to the gateway, and the operations that it makes the gateway call; more may be called beside them. */
interface Question {
  reaches: string[];
  ask: (world: World) => string;
  /** Error codes that the answer has; none when left out. */
  refused?: string[];
  headers?: Record<string, string>;
  token?: string;
}

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };

const clusterIn = ({ clusters }: World) => clusters.find(({ connections }) => connections.length > 2)!.id;
const serviceIn = ({ services }: World) => services.find(({ connections }) => connections.length > 2)!.id;
const foreignIn = ({ visibleServices }: World) => visibleServices[0]!;

const ofCluster = (fields: string) => (world: World) =>
  `{ cluster(clusterId: "${clusterIn(world)}") { ${fields} } }`;
const ofService = (fields: string) => (world: World) =>
  `{ endpointService(by: { id: "${serviceIn(world)}" }) { ${fields} } }`;

const CONNECTIONS = ['listServiceConnections'];

const READS: Question[] = [
  { reaches: ['listClusters'], ask: () => '{ clusters { totalCount nodes { name status } } }' },
  { reaches: ['listClusters'], ask: () => '{ clusters(filter: { engine: OPENSEARCH }) { nodes { name } } }' },
  { reaches: ['getCluster'], ask: ofCluster('name tags { key }') },
  { reaches: ['listClusterConnections'], ask: ofCluster('connections { nodes { status } }') },
  {
    reaches: ['listClusters', 'listClusterConnections'],
    ask: () =>
      '{ clusters { nodes { endpointAccess connections(first: 2) { totalCount nodes { ipv4 } } } } }',
  },
  { reaches: ['listEndpointServices'], ask: () => '{ endpointServices { totalCount nodes { name } } }' },
  {
    reaches: ['listEndpointServices'],
    ask: () =>
      `{ endpointServices(first: 2, filter: { name: "o", status: [AVAILABLE] },
         orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }`,
  },
  { reaches: ['getEndpointService', 'listEndpointServices'], ask: ofService('status connectionCount') },
  {
    reaches: ['getEndpointService', 'describeEndpointService'],
    ask: (world) => `{ endpointService(by: { id: "${foreignIn(world).id}" }) { name ownership } }`,
  },
  {
    reaches: ['describeEndpointService'],
    ask: () => '{ endpointService(by: { name: "orders-search" }) { name } }',
    refused: ['NOT_FOUND'],
  },
  { reaches: CONNECTIONS, ask: ofService('connections { totalCount nodes { endpointId markerId } }') },
  {
    reaches: CONNECTIONS,
    ask: ofService(
      `connections(first: 1, filter: { status: [ACCEPTED], markerId: "1", endpointId: "e1" },
         orderBy: { field: CREATED_AT, direction: ASC }) { nodes { endpointId } }`,
    ),
  },
  { reaches: ['listServicePermissions'], ask: ofService('permissions { nodes { permission } }') },
  { reaches: ['getEndpoint'], ask: ofService('connections(first: 1) { nodes { ipv4 } }') },
  { reaches: ['listEndpoints'], ask: ofService('connections { nodes { ipv4 dnsName } }') },
  {
    reaches: ['listDataConnections', ...CONNECTIONS],
    ask: () => '{ dataSources { nodes { name connectedInstance { scene } connection { status } } } }',
    headers: WORKSPACE,
  },
  {
    reaches: ['getDataConnection'],
    ask: (world) => `{ dataSource(dataSourceId: "${world.dataConnections[0]!.id}") { name } }`,
    headers: WORKSPACE,
  },
  {
    reaches: ['listInsightInstances', 'listWorkspaces'],
    ask: () => '{ insightInstances { nodes { status workspaces { nodes { workspaceId } } } } }',
    headers: WORKSPACE,
  },
];

const verify = (service: string) =>
  `mutation { verifyAndCreateEndpoint(input: { dataSourceType: "DWS", service: ${service} }) { userErrors { code } } }`;

const WRITES: Question[] = [
  {
    reaches: ['verifyAndCreateVpcEndpoint'],
    ask: (world) => verify(`{ id: "${serviceIn(world)}" }`),
    headers: WORKSPACE,
  },
  {
    reaches: ['verifyAndCreateVpcEndpoint'],
    ask: ({ services }) => verify(`{ name: "${services[0]!.service_name}" }`),
    headers: WORKSPACE,
  },
];

const REFUSALS: Question[] = [
  { reaches: ['getCluster'], ask: () => '{ cluster(clusterId: "c1") { name } }', refused: ['NOT_FOUND'] },
  {
    reaches: ['getEndpointService', 'describeEndpointService'],
    ask: () => '{ endpointService(by: { id: "s1" }) { name } }',
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['getDataConnection'],
    ask: () => '{ dataSource(dataSourceId: "d1") { name } }',
    headers: WORKSPACE,
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['listDataConnections'],
    ask: () => '{ dataSources { totalCount } }',
    headers: { 'x-workspace-id': 'w1' },
    refused: ['BAD_USER_INPUT'],
  },
  {
    reaches: ['listWorkspaces'],
    ask: () => '{ insightInstance(instanceId: "i1") { workspaces { totalCount } } }',
    refused: ['NOT_FOUND'],
  },
  {
    reaches: ['listClusters', 'listEndpointServices', 'listDataConnections'],
    ask: () => '{ clusters { totalCount } endpointServices { totalCount } dataSources { totalCount } }',
    headers: WORKSPACE,
    token: 'expired',
    refused: ['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
  },
];

const QUESTIONS = [...READS, ...WRITES, ...REFUSALS];

/** The usual world, whose own services all let DataArts Insight in. */
const openWorld = (): World => {
  const world = createWorld();
  for (const { permissions } of world.services)
    permissions.push(makePermission({ permission: `iam:domain::${INSIGHT_DOMAIN_ID}` }));
  return world;
};

test.each(QUESTIONS.map((question) => ({ ...question, operations: question.reaches.join(', ') })))(
  'requests and answers keep to the contract: $operations',
  async ({ reaches, ask, refused, headers, token }) => {
    const world = openWorld();
    const gate = await recordedGateway({ sandbox: { world }, ...(token && { token }) });
    const { errors } = await gate.ask(ask(world), {}, headers);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(refused);
    const verdicts = gate.exchanges.map(contract.judge);
    expect(verdicts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(verdicts.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining(reaches));
  },
);

test('these operations of the contract are called by no question', () => {
  const reached = new Set(QUESTIONS.flatMap(({ reaches }) => reaches));
  expect(contract.operations).toHaveLength(34);
  expect(contract.operations.filter((id) => !reached.has(id)).toSorted()).toEqual([
    'acceptOrRejectConnection',
    'addOrRemoveServicePermissions',
    'batchCreateServicePermissions',
    'batchDeleteServicePermissions',
    'createEndpoint',
    'createEndpointService',
    'deleteEndpoint',
    'deleteEndpointService',
    'disableClusterEndpointAccess',
    'enableClusterEndpointAccess',
    'listPublicEndpointServices',
    'listQuotas',
    'renameEndpointService',
    'replaceClusterWhitelist',
    'updateClusterConnections',
    'updateConnectionDescription',
    'updateEndpointService',
    'updateEndpointWhitelist',
    'updateServicePermissionDescription',
  ]);
});
