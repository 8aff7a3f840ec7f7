import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../request/context.ts';
import { type ConnectionNode } from '../../graph/connection.ts';
import {
  connectionMatcher,
  connectionOrder,
  type Filter,
  identityOf,
  type Order,
} from '../../graph/connection-filter.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import {
  PermissionFilter,
  permissionMatcher,
  permissionNode,
  type PermissionNode,
} from '../../graph/permission.ts';
import { prefetchOwnCalls, selectedSources } from '../../graph/lookahead.ts';
import type { Project } from '../../http/client.ts';
import type { PageSource } from '../../paging/page-source.ts';
import {
  endpointServiceFacts,
  type KnownService,
  serviceConnectionFacts,
  serviceConnections,
  servicePermissions,
} from './loader.ts';
import {
  listLimits,
  type ServiceConnectionFacts,
  type ServiceConnectionQuery,
  whitelistLimits,
} from './rest.ts';
import { isOutOfReach } from './service.ts';
import { sortOf } from './sort.ts';

/** An endpoint service, with what is known of it. */
export interface EndpointServiceNode extends KnownService {
  __typename: 'EndpointService';
  project: Project;
}

/** A service that was read, as a node. */
export const endpointServiceNode = (project: Project, facts: KnownService): EndpointServiceNode => ({
  __typename: 'EndpointService',
  project,
  ...facts,
});

/** Which endpoint service is meant, as a parent of rows. */
export type ServiceIdentity = Pick<EndpointServiceNode, '__typename' | 'project' | 'serviceId'>;

/** The opaque id of an endpoint service. */
export const serviceNodeId = ({ project, serviceId }: ServiceIdentity) =>
  encodeNodeId('EndpointService', project, serviceId);

/** A service by its id, own or merely visible. */
export const readEndpointService = async (context: Context, project: Project, serviceId: string) =>
  endpointServiceNode(project, await endpointServiceFacts(context).load(project, serviceId));

/**
 * A service by its id, read as far as the selection needs: where nothing but its lists is asked for, there is no call for its detail,
 * unless a list is refused. Then the detail tells whether the service is another account's, or not there.
 */
export const readSelectedService = async (
  context: Context,
  project: Project,
  serviceId: string,
  info: GraphQLResolveInfo,
): Promise<EndpointServiceNode> => {
  const sources = selectedSources(info, 'EndpointService');
  if (!sources.has('ownCall') || sources.has('object'))
    return readEndpointService(context, project, serviceId);
  // What is not selected is not there.
  const service = {
    __typename: 'EndpointService',
    project,
    serviceId,
    ownership: 'OWN',
  } as EndpointServiceNode;
  const outcomes = await prefetchOwnCalls(info, 'EndpointService', service, context);
  const isRefused = outcomes.some((one) => one.status === 'rejected' && isOutOfReach(one.reason));
  return isRefused ? readEndpointService(context, project, serviceId) : service;
};

/** A row of a service's connections as a node. */
const serviceConnectionNode = (parent: ServiceIdentity, row: ServiceConnectionFacts): ConnectionNode => ({
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

/** A service's whitelist as a source of pages. */
export const servicePermissionSource = (
  service: ServiceIdentity,
  filter: typeof PermissionFilter.$inferInput | null | undefined,
  context: Context,
): PageSource<PermissionNode> => ({
  identity: identityOf('permissions', serviceNodeId(service), filter),
  limits: whitelistLimits,
  keyOf: ({ permissionId }) => permissionId,
  createdAtOf: ({ createdAt }) => createdAt,
  load: async (window) => {
    const rows = await servicePermissions(context).load(service, window);
    return { ...rows, items: rows.items.map((facts) => permissionNode(service, facts)) };
  },
  matches: permissionMatcher(filter),
});

/** One connection of a service; null where the service has no such endpoint. */
export const readServiceConnection = async (
  context: Context,
  project: Project,
  serviceId: string,
  endpointId: string,
): Promise<ConnectionNode | null> => {
  const service: ServiceIdentity = { __typename: 'EndpointService', project, serviceId };
  const row = await serviceConnectionFacts(context).load(service, endpointId);
  return row && serviceConnectionNode(service, row);
};
