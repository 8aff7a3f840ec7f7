import { type Connection, type Parent, serviceIdOf } from './topology.ts';

/** A cluster with the endpoint service in front of it, or a service that leads to no cluster of the topology. */
export interface Tree {
  parent: Parent;
  /** The service in front of a cluster, if it is the project's own. */
  service: Parent | null;
  /** Each endpoint once: a service in front of a cluster has the cluster's connections too. */
  connections: readonly Connection[];
}

/** Joins clusters with the services in front of them. */
export const growTrees = (parents: Iterable<Parent>): Tree[] => {
  const all = [...parents];
  const services = new Map(
    all
      .filter(({ kind }) => kind === 'service')
      .map((service) => [`${service.project.region} ${service.project.projectId} ${service.id}`, service]),
  );
  const taken = new Set<Parent>();
  const clusters = all
    .filter(({ kind }) => kind === 'cluster')
    .map((parent): Tree => {
      const { region, projectId } = parent.project;
      const service = services.get(`${region} ${projectId} ${serviceIdOf(parent.serviceName)}`) ?? null;
      if (service) taken.add(service);
      const listed = new Set(parent.connections.map(({ endpointId }) => endpointId));
      const others = service?.connections.filter(({ endpointId }) => !listed.has(endpointId)) ?? [];
      return {
        parent,
        service,
        connections: others.length > 0 ? [...parent.connections, ...others] : parent.connections,
      };
    });
  const alone = all
    .filter((parent) => parent.kind === 'service' && !taken.has(parent))
    .map((parent): Tree => ({ parent, service: null, connections: parent.connections }));
  return [...clusters, ...alone];
};
