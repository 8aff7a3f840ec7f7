import { encodeNodeId } from '../../src/graph/node-id.ts';
import { SANDBOX, type World } from '../../src/sandbox/world.ts';
import { SPECIAL_NAMES } from '../support/special-names.ts';
import type { Ask } from './pair.ts';
import type { Known } from './values.ts';

const PROJECT = { region: SANDBOX.region, projectId: SANDBOX.projectId };
const BAD_IDS = ['nope', '../x', 12, ''];

/** Node ids of what a world holds. */
const nodeIds = ({ clusters, services, endpoints, dataConnections, connectedInstances }: World): string[] => {
  const one = (type: string, ...parts: string[]) => encodeNodeId(type, PROJECT, ...parts);
  const inside = (
    kind: string,
    id: string,
    rows: Pick<World['clusters'][number], 'connections' | 'permissions'>,
  ) => [
    ...rows.connections.slice(0, 2).map((row) => one('Connection', kind, id, row.id)),
    ...rows.permissions.slice(0, 1).map((row) => one('Permission', kind, id, row.id)),
  ];
  return [
    ...clusters.flatMap((of) => [one('Cluster', of.id), ...inside('cluster', of.id, of)]),
    ...services.flatMap((of) => [one('EndpointService', of.id), ...inside('service', of.id, of)]),
    ...endpoints.slice(0, 4).map((of) => one('Endpoint', of.connection.id)),
    ...dataConnections.map((of) => one('DataSource', of.id)),
    ...connectedInstances.map((of) => one('ConnectedInstance', of.id)),
  ];
};

const representationsOf = ({ clusters, services, endpoints }: World, ids: readonly string[]) => [
  ...clusters.slice(0, 2).map(({ id }) => ({ __typename: 'Cluster', ...PROJECT, clusterId: id })),
  ...services.slice(0, 2).map(({ id }) => ({ __typename: 'EndpointService', ...PROJECT, serviceId: id })),
  ...endpoints.slice(0, 2).map(({ connection }) => ({
    __typename: 'Endpoint',
    ...PROJECT,
    endpointId: connection.id,
  })),
  ...ids.slice(0, 6).map((id) => ({ __typename: 'Connection', id })),
  ...SPECIAL_NAMES.slice(0, 14).map((name) => ({ [name]: 'x', __typename: 'Cluster', id: ids[0] })),
  { __typename: 'Nothing' },
  { id: ids[0] },
];

const cursorsFrom = async (ask: Ask): Promise<string[]> => {
  const pages = [
    'clusters(first: 2)',
    'endpointServices(first: 3)',
    'endpoints(first: 2)',
    'publicEndpointServices(first: 2)',
    'dataSources(first: 1)',
  ];
  const answers = await Promise.all(
    pages.map((page) => ask({ query: `{ page: ${page} { edges { cursor } } }`, variables: {} })),
  );
  return answers.flatMap((answer) =>
    [...answer.matchAll(/"cursor":"([^"]+)"/g)].map(([, cursor]) => cursor!),
  );
};

/** Values of a world that arguments can name. */
export const knownOf = async (world: World, ask: Ask): Promise<Known> => {
  const ids = nodeIds(world);
  const cursors = [...(await cursorsFrom(ask)), 'nonsense'];
  const rows = [...world.clusters, ...world.services].flatMap(({ connections }) => connections);
  const endpointIds = rows.map(({ id }) => id);
  const serviceIds = world.services.map(({ id }) => id);
  const names = world.services.map(({ service_name: name }) => name);
  return {
    ID: [...endpointIds.slice(0, 3), ...serviceIds.slice(0, 2), ...BAD_IDS],
    id: [...ids, ...serviceIds, ...BAD_IDS],
    ids: [...ids, ...BAD_IDS],
    clusterId: [...world.clusters.map(({ id }) => id), ...BAD_IDS],
    serviceId: [...serviceIds, ...BAD_IDS],
    endpointId: [...endpointIds, ...BAD_IDS],
    dataSourceId: [...world.dataConnections.map(({ id }) => id), ...BAD_IDS],
    instanceId: [...world.instances.map((one) => one.instance_id), ...BAD_IDS],
    domainId: [...new Set(rows.map((row) => row.domain_id)), ...BAD_IDS],
    String: ['a', 'css', '', '"\\\u2028🐎', ...names, ...SPECIAL_NAMES.slice(0, 6)],
    name: ['a', 'css', '', ...names],
    after: cursors,
    before: cursors,
    first: [0, 1, 1, 2, 2, 3, 3, 5, 1000],
    last: [0, 1, 1, 2, 2, 3, 3, 5, 1001],
    Int: [0, 1, 2],
    project: [PROJECT, PROJECT, PROJECT, { region: 'r', projectId: 'p' }],
    _Any: representationsOf(world, ids),
  };
};
