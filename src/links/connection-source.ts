/** Connections of a cluster (CSS) or of an endpoint service (VPCEP), with one meaning of filter and order. */
import { clientError } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { ConnectionNode } from '../graph/connection.ts';
import {
  connectionMatcher,
  connectionOrder,
  type Filter,
  namedConnection,
  type Order,
} from '../graph/connection-filter.ts';
import { listIdentity, type PageSource } from '../paging/page-source.ts';
import { clusterConnectionSource } from '../upstreams/css/connections.ts';
import { type ClusterNode, clusterNodeId } from '../upstreams/css/nodes.ts';
import { readMarkerId, readServiceSide } from './connection-sides.ts';

/**
 * Adds the packet id to a connection, for the filter.
 * @throws `FORBIDDEN` if it cannot be read: omitting the row would mean that it does not match the filter.
 */
const withMarkerId = async (connection: ConnectionNode, context: Context): Promise<ConnectionNode> => {
  const serviceSide = await readServiceSide(connection, context);
  const markerId = serviceSide?.markerId ?? (await readMarkerId(connection, context));
  if (serviceSide || markerId !== null)
    return new ConnectionNode(connection.parent, connection.row, connection.endpointSide, {
      description: null,
      failures: null,
      ...serviceSide,
      markerId,
    });
  throw clientError(
    'FORBIDDEN',
    'The packet ids of these connections cannot be read: endpoint service and endpoints belong to other accounts. ' +
      'Filter by `endpointId` instead of `markerId`.',
  );
};

/** A cluster's connections as a source of pages; CSS filters and orders nothing, so the gateway does. */
export const filteredClusterSource = (
  cluster: ClusterNode,
  filter: Filter,
  order: Order | null | undefined,
  context: Context,
): PageSource<ConnectionNode> => {
  const rows = clusterConnectionSource(cluster, context);
  const loadWithMarkerIds: typeof rows.load = async (window) => {
    const answer = await rows.load(window);
    return { ...answer, items: await Promise.all(answer.items.map((row) => withMarkerId(row, context))) };
  };
  return {
    ...rows,
    identity: () => listIdentity('connections', clusterNodeId(cluster), filter, order),
    load: filter.markerId == null ? rows.load : loadWithMarkerIds,
    matches: connectionMatcher(filter),
    isNamed: namedConnection(filter),
    order: connectionOrder(order),
  };
};
