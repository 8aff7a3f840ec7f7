/** Connections of an endpoint service as nodes. */
import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { ConnectionNode } from '../../graph/connection.ts';
import {
  connectionMatcher,
  connectionOrder,
  type Filter,
  type Order,
} from '../../graph/connection-filter.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { registerNodeReader } from '../../graph/node.ts';
import type { Project } from '../../http/request.ts';
import { allOf } from '../../paging/extent.ts';
import { serviceConnectionById, serviceConnections } from './connections-loader.ts';
import type { ServiceConnectionQuery, ServiceConnectionRow } from './connections-rest.ts';
import { endpointList } from './endpoints/loader.ts';
import type { EndpointRow } from './endpoints/rest.ts';
import { type ServiceIdentity, serviceNodeId } from './nodes.ts';
import { listLimits } from './rest.ts';
import { sortParameters } from './sort.ts';

/** Converts a row of a service's connections to a node. */
const serviceConnectionNode = (
  parent: ServiceIdentity,
  row: ServiceConnectionRow,
  endpoint?: EndpointRow,
): ConnectionNode =>
  new ConnectionNode(parent, row, endpoint ? { ...endpoint, maxSessions: null } : null, row);

/**
 * Reads the project's own endpoints, by id: a service's list of connections has no addresses.
 * @throws `RESULT_TRUNCATED` if not all endpoints can be read.
 */
const readOwnEndpoints = async (
  project: Project,
  context: Context,
): Promise<ReadonlyMap<string, EndpointRow>> => {
  const window = { offset: 0, limit: context.sizes.maxRows };
  const rows = allOf(await endpointList(context).load({ project, query: {} }, window));
  return new Map(rows.map((row) => [row.endpointId, row]));
};

/** States that the upstream can filter by, according to every source; the gateway filters by the others. */
const FILTERABLE = new Map([
  ['PENDING_ACCEPTANCE', 'pendingAcceptance'],
  ['ACCEPTED', 'accepted'],
  ['FAILED', 'failed'],
]);

/** Divides filter and order between the upstream (`query`) and the gateway (the rest). */
const connectionQuery = (project: Project, filter: Filter, order: Order | null | undefined) => {
  const { endpointId, markerId, status, ...rest } = filter;
  const only = status?.length === 1 ? FILTERABLE.get(status[0]!) : undefined;
  const sort = sortParameters(project, order);
  const query: ServiceConnectionQuery = {
    ...(endpointId != null && { id: endpointId }),
    ...(markerId != null && { marker_id: markerId }),
    ...(only && { status: only }),
    ...sort.query,
  };
  return {
    query,
    matches: connectionMatcher({ ...rest, status: only ? null : status }),
    order: sort.gatewaySorts ? connectionOrder(order) : undefined,
  };
};

/** A service's connections as a source of pages; the upstream filters and orders them as far as it can. */
export const serviceConnectionSource = (
  service: ServiceIdentity,
  filter: Filter,
  order: Order | null | undefined,
  context: Context,
): PageSource<ConnectionNode> => {
  const { query, ...left } = connectionQuery(service.project, filter, order);
  return {
    identity: () => listIdentity('connections', serviceNodeId(service), filter, order),
    limits: listLimits,
    keyOf: ({ endpointId }) => endpointId,
    sortTimeOf: ({ createdAt, updatedAt }) => (order?.field === 'UPDATED_AT' ? updatedAt : createdAt),
    load: async (window) => {
      const { project, serviceId } = service;
      const [rows, endpoints] = await Promise.all([
        serviceConnections(context).load({ project, serviceId, query }, window),
        filter.ipv4 == null ? null : readOwnEndpoints(project, context),
      ]);
      const toNode = (row: ServiceConnectionRow) =>
        serviceConnectionNode(service, row, endpoints?.get(row.endpointId));
      return { ...rows, items: rows.items.map(toNode) };
    },
    ...left,
  };
};

/** Reads one connection of a service; null where the service has no such endpoint. */
export const readServiceConnection = async (
  context: Context,
  project: Project,
  serviceId: string,
  endpointId: string,
): Promise<ConnectionNode | null> => {
  const service: ServiceIdentity = { __typename: 'EndpointService', project, serviceId };
  const row = await serviceConnectionById(context).load(service, endpointId);
  return row && serviceConnectionNode(service, row);
};

registerNodeReader('Connection', 'service', 3, async (context, project, [, serviceId, endpointId]) => {
  const node = await readServiceConnection(context, project, serviceId!, endpointId!);
  if (!node) throw clientError('NOT_FOUND', 'The endpoint service has no such connection.');
  return node;
});
