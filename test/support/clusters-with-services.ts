import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  type World,
} from '../../src/sandbox/world.ts';

/** Creates a world of clusters, each with connections, a whitelist and its own endpoint service. */
export const createClustersWithServices = (
  count: number,
  connectionsOf: (cluster: number) => number = () => 12,
): World => {
  const world = emptyWorld();
  for (let i = 0; i < count; i += 1) {
    const connections = Array.from({ length: connectionsOf(i) }, () => makeClusterConnection());
    const permissions = [makePermission()];
    const service = makeService({ connections, permissions });
    const cluster = makeCluster({
      name: `css-${i}`,
      connections,
      permissions,
      vpcServiceName: service.service_name,
    });
    world.services.push(service);
    world.clusters.push(cluster);
  }
  return world;
};
