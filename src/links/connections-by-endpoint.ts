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
import { cutExtent, type Extent, WHOLE } from '../paging/extent.ts';
import { findRows } from '../paging/find-rows.ts';
import type { PageSource } from '../paging/page-source.ts';
import { isSourceError, rowsMissingError } from '../paging/partial-source.ts';
import { clusterConnectionSource, readEndpointAccess } from '../upstreams/css/connections.ts';
import { readServiceConnection, serviceConnectionSource } from '../upstreams/vpcep/connections.ts';
import type { EndpointServiceNode } from '../upstreams/vpcep/nodes.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';
import { ownServiceByName } from '../upstreams/vpcep/services/loader.ts';
import {
  chooseViews,
  type ListedParent,
  listParents,
  parentFacts,
  readClusterAccess,
  rowsOfEach,
} from './parents.ts';

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
  extent: Extent;
  gaps: UnavailableParent[];
}

type Source = Pick<PageSource<ConnectionNode>, 'keyOf' | 'load'>;
type Rows = Awaited<ReturnType<Source['load']>>;

/** The connections of a parent; of a service, only that of an endpoint that is looked for alone. */
const sourceOf = (parent: ListedParent, ids: readonly string[], context: Context): Source => {
  if (parent.__typename === 'Cluster') return clusterConnectionSource(parent, context);
  return serviceConnectionSource(parent, ids.length === 1 ? { endpointId: ids[0] } : {}, null, context);
};

/** The first rows of a list; null if they cannot be read, which whoever needs them finds out again without a call. */
const readFirstRows = async ({ load }: Source, limit: number): Promise<Rows | null> => {
  try {
    return await load({ offset: 0, limit });
  } catch (error) {
    if (isSourceError(error)) return null;
    throw error;
  }
};

/** How many rows of a list can be read. */
const countReadable = ({ items, total, extent }: Rows): number =>
  extent.kind === 'OPEN' ? Math.min(total ?? Infinity, extent.reach ?? Infinity) : items.length;

/** Asks a service for each of the endpoints: one row a call. */
const askForEach = async (
  service: EndpointServiceNode,
  ids: ReadonlySet<string>,
  context: Context,
): Promise<ConnectionNode[]> => {
  const asked = await Promise.all(
    [...ids].map((endpointId) =>
      serviceConnectionSource(service, { endpointId }, null, context).load({ offset: 0, limit: 1 }),
    ),
  );
  return asked.flatMap(({ items }) => items.filter(({ endpointId }) => ids.has(endpointId)));
};

/** How far lists are read. */
interface Reach {
  /** How many rows of each list are read first. */
  ahead: number;
  /** How many rows of all lists together may be read. */
  rowsLeft: number;
}

/**
 * Finds endpoints in the connections of parents, side by side. The first rows of each list tell how long it is: the rest is read of as many
 * lists as there are rows left for, and of none where the first rows have all endpoints. An error is kept, so that the other parents can
 * be read without it.
 */
const findInAll = async (
  parents: readonly ListedParent[],
  ids: readonly string[],
  reach: Reach,
  context: Context,
): Promise<Found[]> => {
  const wanted = new Set(ids);
  const { ahead } = reach;
  const lists = parents.map((parent) => ({ parent, source: sourceOf(parent, ids, context) }));
  const firsts = await Promise.all(lists.map(({ source }) => readFirstRows(source, ahead)));
  const seen = new Set(firsts.flatMap((first) => first?.items.map(({ endpointId }) => endpointId) ?? []));
  const unseen = wanted.difference(seen);
  const limits = firsts.map((first) => {
    const rows = Math.min(reach.rowsLeft, first ? countReadable(first) : 0);
    reach.rowsLeft -= rows;
    return Math.max(ahead, rows);
  });
  const find = async (parent: ListedParent, source: Source, limit: number): Promise<Found> => {
    const { items, extent } = await findRows({ ...source, limits: { pageSize: ahead } }, unseen, limit);
    const connections = items.filter(({ endpointId }) => wanted.has(endpointId));
    const missing = unseen.difference(new Set(connections.map(({ endpointId }) => endpointId)));
    if (extent.kind === 'WHOLE' || missing.size === 0) return { connections, extent, gaps: [] };
    if (parent.__typename === 'EndpointService')
      return {
        connections: [...connections, ...(await askForEach(parent, missing, context))],
        extent: WHOLE,
        gaps: [],
      };
    const gap = describeGap(parentFacts(parent), rowsMissingError(items.length));
    return { connections, extent: cutExtent(items.length), gaps: [gap] };
  };
  return Promise.all(
    lists.map(async ({ parent, source }, at) => {
      try {
        return await find(parent, source, limits[at]!);
      } catch (error) {
        if (!isSourceError(error)) throw error;
        return { connections: [], extent: cutExtent(null), gaps: [describeGap(parentFacts(parent), error)] };
      }
    }),
  );
};

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
  const { maxRows } = context.sizes;
  const reach = { ahead: rowsOfEach(parents, maxRows), rowsLeft: maxRows };
  const inClusters = await findInAll(parents.clusters, ids, reach, context);
  const ofClusters = byEndpoint(inClusters);
  const left = [...new Set(ids)].filter((id) => !ofClusters.has(id));
  const access = await readClusterAccess(context, parents.clusters, reach.ahead);
  const views = chooseViews(
    parents,
    access.map((one, at) => one && { ...one, extent: inClusters[at]!.extent }),
  );
  const inServices = left.length === 0 ? [] : await findInAll(views.services, left, reach, context);
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
      'with its filter for one endpoint, as a whole for several. No more rows are read of all lists together than of one; a cluster ' +
      'that is not read to its end is in `unavailable`.',
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
