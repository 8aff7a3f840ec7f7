/** Query.connectionsByEndpoint: where endpoints are connected, as clusters (CSS) and own endpoint services (VPCEP) show them. */
import type { Context } from '../request/context.ts';
import { builder, type UnavailableParent } from '../graph/builder.ts';
import { Connection, type ConnectionNode } from '../graph/connection.ts';
import { ProjectInput } from '../graph/project.ts';
import { describeGap, Unavailable } from '../graph/unavailable-parent.ts';
import { checkVendorId, requireProject } from '../graph/validate-input.ts';
import { badInput } from '../errors/client-error.ts';
import type { Project } from '../http/request.ts';
import { costPerValueOf } from '../guards/limits/cost-hints.ts';
import { isSourceError, rowsMissingError } from '../paging/partial-source.ts';
import { clusterConnectionSource, readEndpointAccess } from '../upstreams/css/connections.ts';
import type { ClusterNode } from '../upstreams/css/nodes.ts';
import { readServiceConnection } from '../upstreams/vpcep/connections.ts';
import type { EndpointServiceNode } from '../upstreams/vpcep/nodes.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';
import { ownServiceByName } from '../upstreams/vpcep/services/loader.ts';
import { chooseViews, type ListedParent, listParents, parentFacts, readClusterAccess } from './parents.ts';

const MAX_ENDPOINTS = 100;

/** Where an endpoint is connected. */
interface EndpointConnections {
  endpointId: string;
  clusterConnection: ConnectionNode | undefined;
  serviceConnection: ConnectionNode | undefined;
  unavailable: UnavailableParent[];
}

const EndpointConnectionsType = builder.objectRef<EndpointConnections>('EndpointConnections').implement({
  description: 'Where an endpoint is connected. Both connections are null if it was found nowhere.',
  fields: (t) => ({
    endpointId: t.exposeID('endpointId', { nullable: false, description: 'Id of the VPC endpoint.' }),
    clusterConnection: t.expose('clusterConnection', {
      type: Connection,
      nullable: true,
      description: 'The connection as a cluster shows it; null if no cluster does.',
    }),
    serviceConnection: t.expose('serviceConnection', {
      type: Connection,
      nullable: true,
      description: 'The connection as an own endpoint service shows it; null if none does.',
    }),
    unavailable: t.expose('unavailable', {
      type: [Unavailable],
      nullable: { list: false, items: false },
      description:
        'Clusters and services that could not be read, so that it may be connected there; empty if it was found.',
    }),
  }),
});

interface Found {
  connections: readonly ConnectionNode[];
  gaps: UnavailableParent[];
}

/** Finds endpoints in the connections of a parent. An error is kept, so that the other parents can be read without it. */
const findIn = async (
  parent: ListedParent,
  find: () => Promise<{ connections: readonly ConnectionNode[]; readRows: number | null }>,
): Promise<Found> => {
  const gap = (error: unknown) => [describeGap(parentFacts(parent), error)];
  try {
    const { connections, readRows } = await find();
    return { connections, gaps: readRows === null ? [] : gap(rowsMissingError(readRows)) };
  } catch (error) {
    if (!isSourceError(error)) throw error;
    return { connections: [], gaps: gap(error) };
  }
};

const findInCluster = (cluster: ClusterNode, ids: ReadonlySet<string>, context: Context): Promise<Found> =>
  findIn(cluster, async () => {
    const window = { offset: 0, limit: context.sizes.maxRows };
    const { items, extent } = await clusterConnectionSource(cluster, context).load(window);
    return {
      connections: items.filter(({ endpointId }) => ids.has(endpointId)),
      readRows: extent.kind === 'WHOLE' ? null : items.length,
    };
  });

const findInService = (
  service: EndpointServiceNode,
  ids: readonly string[],
  context: Context,
): Promise<Found> =>
  findIn(service, async () => {
    const { project, serviceId } = service;
    const found = await Promise.all(ids.map((id) => readServiceConnection(context, project, serviceId, id)));
    return { connections: found.filter((one) => one !== null), readRows: null };
  });

const byEndpoint = (found: readonly Found[]): Map<string, ConnectionNode> =>
  new Map(found.flatMap(({ connections }) => connections.map((one) => [one.endpointId, one])));

/** Reads the view of an own service in front of the cluster that shows a connection; undefined if there is none, or if it fails. */
const readServiceView = async (
  { parent, endpointId }: ConnectionNode,
  context: Context,
): Promise<ConnectionNode | undefined> => {
  if (parent.__typename !== 'Cluster') return undefined;
  const { serviceName } = await readEndpointAccess(parent, context);
  if (serviceName === null) return undefined;
  const { project } = parent;
  const read = ownServiceByName(context, project, serviceName).then(
    (service) => service && readServiceConnection(context, project, service.serviceId, endpointId),
  );
  return (await unlessOutOfReach(read)) ?? undefined;
};

const findEndpoints = async (
  ids: readonly string[],
  projects: readonly Project[],
  context: Context,
): Promise<EndpointConnections[]> => {
  const parents = await listParents(context, projects);
  const access = await readClusterAccess(context, parents.clusters, context.sizes.maxRows);
  const wanted = new Set(ids);
  const inClusters = await Promise.all(
    parents.clusters.map((cluster) => findInCluster(cluster, wanted, context)),
  );
  const ofClusters = byEndpoint(inClusters);
  const left = [...wanted].filter((id) => !ofClusters.has(id));
  const services = left.length === 0 ? [] : chooseViews(parents, access).services;
  const inServices = await Promise.all(services.map((service) => findInService(service, left, context)));
  const ofServices = byEndpoint(inServices);
  const gaps = [...parents.gaps, ...[...inClusters, ...inServices].flatMap((found) => found.gaps)];
  return Promise.all(
    ids.map(async (endpointId) => {
      const clusterConnection = ofClusters.get(endpointId);
      const serviceConnection = clusterConnection
        ? await readServiceView(clusterConnection, context)
        : ofServices.get(endpointId);
      const isFound = clusterConnection !== undefined || serviceConnection !== undefined;
      return { endpointId, clusterConnection, serviceConnection, unavailable: isFound ? [] : gaps };
    }),
  );
};

builder.queryField('connectionsByEndpoint', (t) =>
  t.field({
    type: [EndpointConnectionsType],
    nullable: { list: true, items: false },
    extensions: costPerValueOf('endpointIds'),
    description:
      'Where endpoints are connected, in the order of the ids: as a cluster shows each of them, and as an own endpoint service does. ' +
      'Every cluster is read, side by side, and for endpoints that no cluster has also every own service that is in front of no cluster: ' +
      'with its filter for one endpoint, as a whole for several.',
    args: {
      endpointIds: t.arg.idList({
        required: true,
        description: `Ids of VPC endpoints, at most ${MAX_ENDPOINTS}.`,
      }),
      project: t.arg({
        type: ProjectInput,
        description: 'Project to look in; by default all that are served.',
      }),
    },
    example: `
      {
        connectionsByEndpoint(endpointIds: ["9b3642f6-47cd-4453-8de9-2c10cc72d5a7"]) {
          endpointId
          clusterConnection { status cluster { name } }
          serviceConnection { status endpointService { name } }
          unavailable { name code }
        }
      }
    `,
    resolve: async (_root, { endpointIds, project: named }, context) => {
      if (endpointIds.length > MAX_ENDPOINTS)
        throw badInput(`\`endpointIds\` must have at most ${MAX_ENDPOINTS} items.`);
      const ids = endpointIds.map((id, at) => checkVendorId(`endpointIds.${at}`, id));
      const projects = named ? [requireProject(context, named)] : context.projects;
      const found = ids.length === 0 ? [] : await findEndpoints(ids, projects, context);
      if (found.some(({ unavailable }) => unavailable.length > 0)) context.markUncacheable();
      return found;
    },
  }),
);
