import { stamp } from '../http/clock.ts';
import { parseServiceId } from '../connections.ts';
import { SANDBOX } from '../credentials.ts';
import { nextId, makeNumber } from '../data/ids.ts';
import type { Cluster, World } from '../model.ts';
import { makeClusterConnection, makeEndpoint, makePermission, makeVisibleService } from '../data/rows.ts';

/** Options of `open`. */
interface Wish {
  dnsName: boolean;
  dualstack: boolean;
  specification: string;
}

const connectionFor = (world: World, cluster: Cluster, wish: Wish) => {
  const id = nextId(world, 'endpoint');
  return makeClusterConnection({
    id,
    created_at: stamp(),
    specificationName: wish.specification,
    vpcepIp: `192.168.1.${2 + makeNumber(id, 250)}`,
    ...(wish.dualstack ? { vpcepIpv6Address: `fd00:c55::${makeNumber(id, 65_535).toString(16)}` } : {}),
    ...(wish.dnsName
      ? { vpcepDnsName: `${cluster.name}.${id.slice(0, 8)}.${SANDBOX.region}.example.com` }
      : {}),
  });
};

/** Publishes the cluster through a service of the CSS account, and connects the cluster's own endpoint to it. */
export const switchOn = (world: World, cluster: Cluster, wish: Wish): void => {
  const id = nextId(world, 'service');
  const service = makeVisibleService({
    id,
    service_name: `${SANDBOX.region}.${cluster.name}.${id}`,
    created_at: stamp(),
    admits: [`iam:domain::${SANDBOX.domainId}`],
  });
  const connection = connectionFor(world, cluster, wish);
  world.visibleServices.push(service);
  world.endpoints.unshift(makeEndpoint(connection, service));
  cluster.vpcServiceName = service.service_name;
  cluster.connections = [connection];
  cluster.permissions = [makePermission({ id: nextId(world, 'permission'), created_at: stamp() })];
  cluster.vpcepIp = connection.vpcepIp;
  cluster.vpcepIpv6Address = connection.vpcepIpv6Address ?? null;
  cluster.endpointAccess = true;
};

/** Ends every connection and takes the service away, with the project's endpoints to it. */
export const switchOff = (world: World, cluster: Cluster): void => {
  const serviceId = parseServiceId(cluster.vpcServiceName ?? '');
  world.services = world.services.filter((service) => service.id !== serviceId);
  world.visibleServices = world.visibleServices.filter((service) => service.id !== serviceId);
  world.endpoints = world.endpoints.filter((endpoint) => endpoint.endpoint_service_id !== serviceId);
  cluster.vpcServiceName = null;
  cluster.connections = [];
  cluster.permissions = [];
  cluster.vpcepIp = null;
  cluster.vpcepIpv6Address = null;
  cluster.endpointAccess = false;
};
