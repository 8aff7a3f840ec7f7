import { type Counts, countStatuses } from './status.ts';
import { type Connection, type Parent, serviceIdOf } from './topology.ts';

/** A cluster with the endpoint service in front of it, or a service that leads to no cluster of the topology. */
export interface Tree {
  parent: Parent;
  /** The service in front of a cluster, if it is the project's own. */
  service: Parent | null;
  /** Where its connections are read. */
  sources: readonly Parent[];
  counts: Counts;
  /** Each endpoint once; null until all sources are read. */
  connections: readonly Connection[] | null;
}

const NONE: Counts = new Map();

/** A service in front of a cluster has the cluster's connections too: it is read where the cluster does not give all of them. */
const sourcesOf = (parent: Parent, service: Parent | null): readonly Parent[] =>
  service && (parent.problem !== null || parent.truncatedAt !== null) ? [parent, service] : [parent];

const mergeConnections = ([first, second]: readonly Parent[]): readonly Connection[] | null => {
  if (!second || second.problem) return first!.connections;
  if (first!.problem || !first!.connections || !second.connections)
    return first!.problem && second.connections;
  const listed = new Set(first!.connections.map(({ endpointId }) => endpointId));
  return [...first!.connections, ...second.connections.filter(({ endpointId }) => !listed.has(endpointId))];
};

const grow = (parent: Parent, service: Parent | null): Tree => {
  const sources = sourcesOf(parent, service);
  const connections = mergeConnections(sources);
  const counts =
    connections && sources.length > 1
      ? countStatuses(connections)
      : (sources.toReversed().find((source) => source.counts !== null)?.counts ?? NONE);
  return { parent, service, sources, counts, connections };
};

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
      return grow(parent, service);
    });
  const alone = all
    .filter((parent) => parent.kind === 'service' && !taken.has(parent))
    .map((parent) => grow(parent, null));
  return [...clusters, ...alone];
};
