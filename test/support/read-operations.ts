import { getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql';
import { servedSchema } from '../../src/graphql/schema.ts';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';

const SCHEMA = servedSchema();
/** The header that DataArts Insight needs in every request. */
export const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };

/** Lists of plain parts that are made of another list. */
const OF_ANOTHER_LIST = 'connectionCounts';

/** Fields of an endpoint service that only its detail has. */
const OF_DETAIL = ['cidrType', 'cidrTypeRaw', 'ipVersion', 'ipVersionRaw', 'snatNetworkId'];

/** Everything of a type that costs no list and no other thing: leaves, and lists of plain parts. */
const everythingOf = (name: string, without: readonly string[] = []): string => {
  const type = SCHEMA.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object`);
  return Object.values(type.getFields())
    .filter(
      ({ args, name: field }) => args.length === 0 && field !== OF_ANOTHER_LIST && !without.includes(field),
    )
    .flatMap((field) => {
      const below = getNamedType(field.type);
      if (isLeafType(below)) return [field.name];
      if (!isObjectType(below) || !isListType(getNullableType(field.type))) return [];
      return [`${field.name} { ${everythingOf(below.name)} }`];
    })
    .join(' ');
};

/** How the rows of one operation are asked for. */
export interface Read {
  /** The property that has the rows; none where the answer is one thing. */
  rows?: readonly string[];
  path: RegExp;
  /** `GET` if missing. */
  method?: 'POST';
  /** The property that tells a row from the others. */
  identity?: string;
  /** The rows are read by that property from elsewhere: one that nothing has is no row. */
  refers?: true;
  ask: (world: World) => string;
  /** Where the graph has the rows, or the thing. */
  in: string[];
}

/** A cluster, and a service, with some connections. */
export const clusterIn = ({ clusters }: World) =>
  clusters.find(({ connections }) => connections.length > 2)!.id;
export const serviceIn = ({ services }: World) =>
  services.find(({ connections }) => connections.length > 2)!.id;

/** An endpoint to a gateway service. */
export const gatewayEndpointIn = ({ endpoints }: World) =>
  endpoints.find(({ service_type: type }) => type === 'gateway')!.connection.id;

const CLUSTER = everythingOf('Cluster');
const SERVICE = everythingOf('EndpointService', ['owner', 'activeConnectionCount']);
const ENDPOINT = everythingOf('Endpoint');
const CONNECTION = everythingOf('Connection');
const DATA_SOURCE = everythingOf('DataSource');

/** Every operation of the contract that reads, by its name there. */
export const READ_OPERATIONS: Record<string, Read> = {
  listClusters: {
    rows: ['clusters'],
    path: /\/clusters\?/,
    identity: 'id',
    // Only what the list tells; the rest costs a call of its own.
    ask: () =>
      `{ clusters { totalCount nodes { ${everythingOf('Cluster', [
        'endpointIpv4',
        'endpointIpv6',
        'endpointAccessSupported',
        'endpointAccess',
        'serviceName',
        'endpointUpdateSwitch',
        'endpointAddress',
      ])} } } }`,
    in: ['clusters', 'nodes'],
  },
  getCluster: {
    path: /\/clusters\/[^/?]+$/,
    identity: 'id',
    ask: (world) => `{ cluster(clusterId: "${clusterIn(world)}") { ${CLUSTER} } }`,
    in: ['cluster'],
  },
  listClusterConnections: {
    rows: ['connections'],
    path: /\/vpcepservice\/connections\?/,
    identity: 'id',
    ask: (world) => `{ cluster(clusterId: "${clusterIn(world)}") {
      endpointAccess serviceName endpointUpdateSwitch
      permissions { nodes { ${everythingOf('Permission')} } }
      connections { totalCount nodes { ${everythingOf('Connection', ['markerId', 'description', 'failures'])} } } } }`,
    in: ['cluster', 'connections', 'nodes'],
  },
  listEndpointServices: {
    rows: ['endpoint_services'],
    path: /\/vpc-endpoint-services\?/,
    identity: 'id',
    ask: () =>
      `{ endpointServices { totalCount nodes { ${everythingOf('EndpointService', ['owner', ...OF_DETAIL])} } } }`,
    in: ['endpointServices', 'nodes'],
  },
  getEndpointService: {
    path: /\/vpc-endpoint-services\/[^/?]{10,}$/,
    identity: 'id',
    ask: (world) => `{ endpointService(by: { id: "${serviceIn(world)}" }) { ${SERVICE} } }`,
    in: ['endpointService'],
  },
  describeEndpointService: {
    path: /\/describe\?/,
    identity: 'id',
    ask: (world) => `{ endpointService(by: { id: "${world.visibleServices[0]!.id}" }) { ${SERVICE} } }`,
    in: ['endpointService'],
  },
  listPublicEndpointServices: {
    rows: ['endpoint_services'],
    path: /\/public\?/,
    identity: 'id',
    ask: () => `{ publicEndpointServices { totalCount nodes { ${SERVICE} owner } } }`,
    in: ['publicEndpointServices', 'nodes'],
  },
  listServiceConnections: {
    rows: ['connections'],
    path: /\/vpc-endpoint-services\/[^/]+\/connections\?/,
    identity: 'id',
    ask: (world) =>
      `{ endpointService(by: { id: "${serviceIn(world)}" }) { connections { totalCount nodes { ${CONNECTION} } } } }`,
    in: ['endpointService', 'connections', 'nodes'],
  },
  listServicePermissions: {
    rows: ['permissions'],
    path: /\/vpc-endpoint-services\/[^/]+\/permissions\?/,
    identity: 'id',
    ask: (world) => `{ endpointService(by: { id: "${serviceIn(world)}" }) {
      permissions { totalCount nodes { ${everythingOf('Permission')} } } } }`,
    in: ['endpointService', 'permissions', 'nodes'],
  },
  listEndpoints: {
    rows: ['endpoints'],
    path: /\/vpc-endpoints\?/,
    identity: 'id',
    ask: () => `{ endpoints { totalCount nodes { ${ENDPOINT} } } }`,
    in: ['endpoints', 'nodes'],
  },
  getEndpoint: {
    path: /\/vpc-endpoints\/[^/?]+$/,
    identity: 'id',
    ask: (world) => `{ endpoint(endpointId: "${world.endpoints[0]!.connection.id}") { ${ENDPOINT} } }`,
    in: ['endpoint'],
  },
  listProjectTags: {
    rows: ['tags'],
    path: /\/endpoint_service\/tags$/,
    identity: 'key',
    ask: () => `{ usedTags(resourceType: ENDPOINT_SERVICE) { ${everythingOf('UsedTag')} } }`,
    in: ['usedTags'],
  },
  queryResourcesByTags: {
    rows: ['resources'],
    path: /\/resource_instances\/action$/,
    method: 'POST',
    identity: 'resource_id',
    refers: true,
    ask: () =>
      '{ endpointServices(filter: { tags: [{ key: "team" }] }) { totalCount nodes { serviceId name } } }',
    in: ['endpointServices', 'nodes'],
  },
  listQuotas: {
    rows: ['quotas', 'resources'],
    path: /\/quotas$/,
    ask: () => `{ quotas { ${everythingOf('Quota')} } }`,
    in: ['quotas'],
  },
  listDataConnections: {
    rows: ['page_data'],
    path: /\/connections\?/,
    identity: 'id',
    ask: () => `{ dataSources { totalCount nodes { ${DATA_SOURCE} } } }`,
    in: ['dataSources', 'nodes'],
  },
  getDataConnection: {
    path: /\/connections\/[^/?]+$/,
    identity: 'id',
    ask: (world) => `{ dataSource(dataSourceId: "${world.dataConnections[0]!.id}") { ${DATA_SOURCE} } }`,
    in: ['dataSource'],
  },
  listInsightInstances: {
    rows: ['page_data'],
    path: /\/instances\?/,
    identity: 'instance_id',
    ask: () => `{ insightInstances { totalCount nodes { ${everythingOf('InsightInstance')} } } }`,
    in: ['insightInstances', 'nodes'],
  },
  listWorkspaces: {
    rows: ['page_data'],
    path: /\/workspaces\?/,
    identity: 'id',
    ask: () => `{ insightInstances(first: 1) { nodes { workspaces { totalCount nodes {
      ${everythingOf('InsightWorkspace')} } } } } }`,
    in: ['insightInstances', 'nodes', '0', 'workspaces', 'nodes'],
  },
};
