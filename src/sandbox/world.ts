import { parseServiceId } from './connections.ts';
import { clustersBefore } from './data/clusters.ts';
import { objectStorageEndpoint, ownEndpoints } from './data/connections.ts';
import {
  connectedInstances,
  dataConnections,
  emptyWorkspace,
  instances,
  ownWorkspace,
} from './data/insight.ts';
import { ownServices } from './data/services.ts';
import { visibleServices } from './data/visible.ts';
import type { Endpoint, World } from './model.ts';

import { SANDBOX } from './credentials.ts';

export { INSIGHT_DOMAIN_ID, SANDBOX } from './credentials.ts';
export type { Cluster, World } from './model.ts';
export {
  makeCluster,
  makeClusterConnection,
  makeEndpoint,
  makePermission,
  makeService,
  makeServiceConnection,
  makeVisibleService,
} from './data/rows.ts';

/** A world with nothing in it but the workspace that the credentials name. */
export const emptyWorld = (): World => ({
  clusters: [],
  services: [],
  visibleServices: [],
  endpoints: [],
  dataConnections: [],
  connectedInstances: [],
  instances: instances(),
  workspaces: [ownWorkspace()],
  quotas: { endpoint_service: 50, endpoint: 200 },
  edition: 'huawei',
  sortKeySpelling: 'create_at',
  cssBodyCase: 'snake',
  insightOffsetUnit: 'items',
  pastTheTotal: 'refused',
  lists: {},
  projectId: SANDBOX.projectId,
  user: { ...SANDBOX.user },
  tokenLifeMs: 24 * 60 * 60 * 1000,
  tokens: [],
  sequence: 0,
});

/** The project's endpoints: one where the example has one, a few at each busy service, the rest foreign. */
const makeEndpoints = ({ clusters, services, visibleServices: visible }: World): Endpoint[] => [
  ...services.flatMap((service) => ownEndpoints(service, service.connections, 4)),
  ...clusters.flatMap((cluster) => {
    const service = visible.find(({ id }) => id === parseServiceId(cluster.vpcServiceName ?? ''));
    return service === undefined
      ? []
      : ownEndpoints(service, cluster.connections, cluster.connections.length > 2 ? 5 : 1);
  }),
  ...visible
    .filter(({ service_name: name }) => name.endsWith('OBSCluster9'))
    .map((service) => objectStorageEndpoint(service)),
];

/** The world that an unconfigured start shows: the same at every call, and a copy of its own each time. */
export const createWorld = (): World => {
  const services = ownServices();
  const clusters = clustersBefore(services);
  const connected = connectedInstances(services);
  const world: World = {
    ...emptyWorld(),
    services,
    clusters,
    visibleServices: visibleServices(clusters, services),
    connectedInstances: connected,
    dataConnections: dataConnections(connected),
    workspaces: [ownWorkspace(), emptyWorkspace()],
  };
  world.endpoints = makeEndpoints(world);
  return world;
};

/** The same world as Open Telekom Cloud shows it: older spellings and answers, and fewer operations. */
export const openTelekomWorld = (): World => {
  const world = createWorld();
  for (const cluster of world.clusters) {
    if (cluster.generation === 'current') cluster.generation = 'middle';
    cluster.paging = 'start';
  }
  return { ...world, edition: 'otc', sortKeySpelling: 'created_at', cssBodyCase: 'camel' };
};
