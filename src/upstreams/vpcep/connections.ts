/** Connections of an endpoint service as nodes. */
import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import type { ConnectionNode } from '../../graph/connection.ts';
import {
  connectionMatcher,
  connectionOrder,
  type Filter,
  identityOf,
  type Order,
} from '../../graph/connection-filter.ts';
import { registerNodeReader } from '../../graph/node.ts';
import type { Project } from '../../http/request.ts';
import type { PageSource } from '../../paging/page-source.ts';
import { serviceConnectionById, serviceConnections } from './connections-loader.ts';
import type { ServiceConnectionQuery, ServiceConnectionRow } from './connections-rest.ts';
import { type EndpointServiceNode, type ServiceIdentity, serviceNodeId } from './nodes.ts';
import { listLimits } from './rest.ts';
import { sortOf } from './sort.ts';

/** A row of a service's connections as a node. */
const serviceConnectionNode = (parent: ServiceIdentity, row: ServiceConnectionRow): ConnectionNode => ({
  __typename: 'Connection',
  parent,
  ...row,
  endpointSide: null,
  serviceSide: row,
});

/** The states that every source says the list can be filtered by; the others are filtered after reading. */
const FILTERABLE = new Map([
  ['PENDING_ACCEPTANCE', 'pendingAcceptance'],
  ['ACCEPTED', 'accepted'],
  ['FAILED', 'failed'],
]);

/** What of filter and order the upstream does, and what is left for the gateway. */
const connectionQuery = (project: Project, filter: Filter, order: Order | null | undefined) => {
  const { endpointId, markerId, status, ...rest } = filter;
  const only = status?.length === 1 ? FILTERABLE.get(status[0]!) : undefined;
  const sort = sortOf(project, order);
  const query: ServiceConnectionQuery = {
    ...(endpointId != null && { id: endpointId }),
    ...(markerId != null && { marker_id: markerId }),
    ...(only && { status: only }),
    ...sort.query,
  };
  return {
    query,
    matches: connectionMatcher({ ...rest, status: only ? null : status }),
    order: order && sort.left ? connectionOrder(order) : undefined,
  };
};

/** A service's connections as a source of pages: what the upstream can filter and order, it does. */
export const serviceConnectionSource = (
  service: EndpointServiceNode,
  filter: Filter,
  order: Order | null | undefined,
  context: Context,
): PageSource<ConnectionNode> => {
  const { query, ...left } = connectionQuery(service.project, filter, order);
  return {
    identity: identityOf('connections', serviceNodeId(service), filter, order),
    limits: listLimits,
    keyOf: ({ endpointId }) => endpointId,
    createdAtOf: ({ createdAt, updatedAt }) => (order?.field === 'UPDATED_AT' ? updatedAt : createdAt),
    load: async (window) => {
      const { project, serviceId } = service;
      const rows = await serviceConnections(context).load({ project, serviceId, query }, window);
      return { ...rows, items: rows.items.map((row) => serviceConnectionNode(service, row)) };
    },
    ...left,
  };
};

/** One connection of a service; null where the service has no such endpoint. */
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
