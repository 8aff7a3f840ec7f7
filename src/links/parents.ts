/** The clusters (CSS) and the own endpoint services (VPCEP) of projects: whatever endpoints connect to. */
import type { Context } from '../request/context.ts';
import type { UnavailableParent } from '../graph/builder.ts';
import type { Parent } from '../graph/connection.ts';
import { describeGap } from '../graph/unavailable-parent.ts';
import type { Project } from '../http/request.ts';
import type { Extent } from '../paging/extent.ts';
import { MIN_ROWS } from '../paging/id-loader.ts';
import { isSourceError, rowsMissingError, type SourceError } from '../paging/partial-source.ts';
import type { Window } from '../paging/window.ts';
import { type ClusterNode, clusterNode } from '../upstreams/css/nodes.ts';
import { clusterEndpointAccess, clusterList } from '../upstreams/css/loader.ts';
import type { ClusterEndpointAccess } from '../upstreams/css/connections-rest.ts';
import { type EndpointServiceNode, endpointServiceNode } from '../upstreams/vpcep/nodes.ts';
import { listLimits } from '../upstreams/vpcep/rest.ts';
import { endpointServiceList, keepListedServices } from '../upstreams/vpcep/services/loader.ts';
import { parseServiceId } from '../upstreams/vpcep/services/names.ts';

/** A cluster or an own endpoint service, with all that its list has of it. */
export type ListedParent = ClusterNode | EndpointServiceNode;

/** Clusters and services in their order, and what of them could not be listed. */
export interface Parents {
  clusters: readonly ClusterNode[];
  services: readonly EndpointServiceNode[];
  gaps: readonly UnavailableParent[];
}

const idOf = (parent: Parent): string =>
  parent.__typename === 'Cluster' ? parent.clusterId : parent.serviceId;

/** Unique text for a parent. It says by itself where the parent stands in the order, also when the parent is gone. */
export const keyOfParent = (parent: Parent): string => {
  const { region, projectId } = parent.project;
  return JSON.stringify([region, projectId, parent.__typename, idOf(parent)]);
};

/** Compares the places of parents, by their keys: clusters before services, by project as configured, by id. */
export const compareParents =
  ({ projects }: Pick<Context, 'projects'>) =>
  (a: string, b: string): number => {
    const rank = (key: string) => {
      const [region, projectId, kind, id] = JSON.parse(key) as string[];
      const at = projects.findIndex((one) => one.region === region && one.projectId === projectId);
      return [kind!, at, id!] as const;
    };
    const [one, other] = [rank(a), rank(b)];
    const differing = one.findIndex((part, index) => part !== other[index]);
    if (differing < 0) return 0;
    return one[differing]! < other[differing]! ? -1 : 1;
  };

/** What names a parent in `unavailable`. */
export const parentFacts = (parent: ListedParent) =>
  parent.__typename === 'Cluster'
    ? { project: parent.project, clusterId: parent.clusterId, name: parent.row?.name ?? null }
    : { project: parent.project, serviceId: parent.serviceId, name: parent.name };

const byId = (a: ListedParent, b: ListedParent): number => (idOf(a) < idOf(b) ? -1 : 1);

interface ListOutcome<Node> {
  nodes: Node[];
  project: Project;
  error?: SourceError;
}

const describeListGap = (
  what: string,
  { project, error }: ListOutcome<ListedParent>,
): UnavailableParent[] => {
  if (!error) return [];
  const gap = describeGap({ project }, error);
  return [{ ...gap, message: `Not all ${what} of the project could be listed. ${gap.message}` }];
};

/** Reads a list as far as possible; an error is kept, so that the other lists can be read without it. */
const readList = async <Row, Node extends ListedParent>(
  project: Project,
  read: Promise<{ items: readonly Row[]; extent: Extent }>,
  toNode: (row: Row) => Node,
): Promise<ListOutcome<Node>> => {
  try {
    const { items, extent } = await read;
    const nodes = items.map(toNode).toSorted(byId);
    return extent.kind === 'WHOLE'
      ? { nodes, project }
      : { nodes, project, error: rowsMissingError(items.length) };
  } catch (error) {
    if (!isSourceError(error)) throw error;
    return { nodes: [], project, error };
  }
};

const readServices = async (context: Context, project: Project, window: Window) => {
  const listed = await endpointServiceList(context).load({ project, query: {} }, window);
  if (listed.extent.kind === 'WHOLE') keepListedServices(context, project, listed.items);
  return listed;
};

/**
 * Lists the clusters and the own services of projects: one list of each kind and project, side by side. What cannot be listed is in
 * `gaps`.
 * @throws the error of the first list if none can be read.
 */
export const listParents = async (context: Context, projects: readonly Project[]): Promise<Parents> => {
  const window = { offset: 0, limit: context.sizes.maxRows };
  const [clusters, services] = await Promise.all([
    Promise.all(
      projects.map((project) =>
        readList(project, clusterList(context).load({ project }, window), (row) => clusterNode(project, row)),
      ),
    ),
    Promise.all(
      projects.map((project) =>
        readList(project, readServices(context, project, window), (row) =>
          endpointServiceNode(project, { ...row, ownership: 'OWN' }),
        ),
      ),
    ),
  ]);
  const lists: readonly ListOutcome<ListedParent>[] = [...clusters, ...services];
  const [first] = lists;
  if (first?.error && lists.every(({ nodes, error }) => error && nodes.length === 0)) throw first.error;
  return {
    clusters: clusters.flatMap(({ nodes }) => nodes),
    services: services.flatMap(({ nodes }) => nodes),
    gaps: [
      ...clusters.flatMap((list) => describeListGap('clusters', list)),
      ...services.flatMap((list) => describeListGap('endpoint services', list)),
    ],
  };
};

/**
 * How many rows of each parent's list are read first, where every row of all lists is needed: as many as all lists may have together.
 * Lists of usual length are read with one call then, and the totals tell whether all of them can be.
 */
export const rowsOfEach = ({ clusters, services }: Parents, maxRows: number): number => {
  const share = Math.ceil(maxRows / Math.max(1, clusters.length + services.length));
  return Math.min(listLimits.pageSize, Math.max(MIN_ROWS, share));
};

/** What the endpoint access of a cluster says beside the rows, with the extent of the rows that were read; null if it cannot be read. */
type ClusterAccess = (Pick<ClusterEndpointAccess, 'serviceName'> & { extent: Extent }) | null;

/** Reads so many connections of each cluster, side by side. */
export const readClusterAccess = (
  context: Context,
  clusters: readonly ClusterNode[],
  limit: number,
): Promise<ClusterAccess[]> =>
  Promise.all(
    clusters.map(async (cluster) => {
      try {
        return await clusterEndpointAccess(context).load(cluster, { offset: 0, limit });
      } catch (error) {
        if (isSourceError(error)) return null;
        throw error;
      }
    }),
  );

/**
 * Chooses one view of each endpoint. An own service in front of a cluster has the cluster's endpoints: they are read from the cluster,
 * and from the service only if the cluster has more of them than can be read.
 */
export const chooseViews = (
  { clusters, services }: Pick<Parents, 'clusters' | 'services'>,
  access: readonly ClusterAccess[],
): Pick<Parents, 'clusters' | 'services'> => {
  const ownServices = new Map(
    services.flatMap((service) => [
      [service.serviceId, service],
      [service.name ?? service.serviceId, service],
    ]),
  );
  const hidden = new Set<ListedParent>();
  for (const [at, cluster] of clusters.entries()) {
    const { serviceName = null, extent } = access[at] ?? {};
    if (serviceName === null || !extent) continue;
    const service = ownServices.get(serviceName) ?? ownServices.get(parseServiceId(serviceName) ?? '');
    if (service) hidden.add(extent.kind === 'CUT' || extent.reach !== null ? cluster : service);
  }
  return {
    clusters: clusters.filter((cluster) => !hidden.has(cluster)),
    services: services.filter((service) => !hidden.has(service)),
  };
};
