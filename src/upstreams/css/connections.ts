/** Connections of a cluster as nodes, and the values that come with them. */
import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { ConnectionNode } from '../../graph/connection.ts';
import { registerNodeReader } from '../../graph/node.ts';
import { findIn } from '../../paging/extent.ts';
import type { PageSource } from '../../paging/page-source.ts';
import { type ClusterConnectionRow, clusterConnectionLimits } from './connections-rest.ts';
import { clusterEndpointAccess, type ClusterKey } from './loader.ts';
import type { ClusterNode } from './nodes.ts';

/** Reads the values that every page of a cluster's connections has beside its rows. */
export const readEndpointAccess = (cluster: ClusterKey, context: Context) =>
  clusterEndpointAccess(context).load(cluster, { offset: 0, limit: 0 });

/** Converts a row of a cluster's connections to a node. */
export const clusterConnectionNode = (parent: ClusterNode, row: ClusterConnectionRow): ConnectionNode =>
  new ConnectionNode(parent, row, { endpointSide: row, serviceSide: null });

/** A cluster's connections as a source of pages, in the order of the upstream. */
export const clusterConnectionSource = (
  cluster: ClusterNode,
  context: Context,
): Omit<PageSource<ConnectionNode>, 'identity'> => ({
  limits: clusterConnectionLimits,
  keyOf: ({ endpointId }) => endpointId,
  sortTimeOf: ({ createdAt }) => createdAt,
  load: async (window) => {
    const rows = await clusterEndpointAccess(context).load(cluster, window);
    return { ...rows, items: rows.items.map((row) => clusterConnectionNode(cluster, row)) };
  },
});

registerNodeReader('Connection', 'cluster', 3, async (context, project, [, clusterId, endpointId]) => {
  const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId: clusterId! };
  const window = { offset: 0, limit: context.sizes.maxRows };
  const rows = await clusterEndpointAccess(context).load(cluster, window);
  const row = findIn(rows, (one) => one.endpointId === endpointId);
  if (!row) throw clientError('NOT_FOUND', 'The cluster has no such connection.');
  return clusterConnectionNode(cluster, row);
});
