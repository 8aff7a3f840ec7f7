/** Connections of a cluster as nodes, and the values that come with them. */
import DataLoader from 'dataloader';
import { clientError } from '../../errors/client-error.ts';
import { type Context, perRequest } from '../../request/context.ts';
import { ConnectionNode } from '../../graph/connection.ts';
import { registerNodeReader } from '../../graph/node.ts';
import { truncatedError } from '../../paging/extent.ts';
import { findRows } from '../../paging/find-rows.ts';
import type { PageSource } from '../../paging/page-source.ts';
import { type ClusterConnectionRow, clusterConnectionLimits } from './connections-rest.ts';
import { clusterEndpointAccess, type ClusterKey, keyOfCluster } from './loader.ts';
import type { ClusterNode } from './nodes.ts';

/** Reads the values that every page of a cluster's connections has beside its rows. */
export const readEndpointAccess = (cluster: ClusterKey, context: Context) =>
  clusterEndpointAccess(context).load(cluster, { offset: 0, limit: 0 });

/** Converts a row of a cluster's connections to a node. */
const clusterConnectionNode = (parent: ClusterNode, row: ClusterConnectionRow): ConnectionNode =>
  new ConnectionNode(parent, row, row, null);

/** A cluster's connections as a source of pages, in the order of the upstream. */
export const clusterConnectionSource = (
  cluster: ClusterNode,
  context: Context,
): Omit<PageSource<ConnectionNode>, 'identity'> => ({
  limits: clusterConnectionLimits,
  keyOf: ({ endpointId }) => endpointId,
  sortTimeOf: ({ createdAt }) => createdAt,
  load: (window) =>
    clusterEndpointAccess(context)
      .load(cluster, window)
      .then((rows) => ({ ...rows, items: rows.items.map((row) => clusterConnectionNode(cluster, row)) })),
});

/**
 * Reads connections of a cluster by endpoint id, as far into the list as they need. Returns a function that gives one of them: null where
 * the cluster does not have it, an error where it may be in the part of the list that cannot be read.
 */
export const findClusterConnections = async (
  cluster: ClusterNode,
  endpointIds: readonly string[],
  context: Context,
): Promise<(endpointId: string) => ConnectionNode | Error | null> => {
  const { items, extent } = await findRows(
    {
      limits: clusterConnectionLimits,
      keyOf: ({ endpointId }: ClusterConnectionRow) => endpointId,
      load: (window) => clusterEndpointAccess(context).load(cluster, window),
    },
    endpointIds,
    context.sizes.maxRows,
  );
  const rows = new Map(items.map((row) => [row.endpointId, row]));
  const missing = extent.kind === 'WHOLE' ? null : truncatedError(items.length);
  return (endpointId) => {
    const row = rows.get(endpointId);
    return row === undefined ? missing : clusterConnectionNode(cluster, row);
  };
};

interface ConnectionKey extends ClusterKey {
  endpointId: string;
}

/** Connections of clusters by endpoint id; all of one cluster together. */
const connectionById = perRequest(
  (context) =>
    new DataLoader<ConnectionKey, ConnectionNode | null, string>(
      async (keys) => {
        const groups = new Map(
          [...Map.groupBy(keys, keyOfCluster)].map(([name, group]) => {
            const { project, clusterId } = group[0]!;
            const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId };
            const ids = group.map(({ endpointId }) => endpointId);
            return [name, findClusterConnections(cluster, ids, context)];
          }),
        );
        return Promise.all(
          keys.map((key) =>
            groups.get(keyOfCluster(key))!.then(
              (find) => find(key.endpointId),
              (error: Error) => error,
            ),
          ),
        );
      },
      { cacheKeyFn: (key) => `${keyOfCluster(key)} ${key.endpointId}` },
    ),
);

registerNodeReader('Connection', 'cluster', 3, async (context, project, [, clusterId, endpointId]) => {
  const key = { project, clusterId: clusterId!, endpointId: endpointId! };
  const connection = await connectionById(context).load(key);
  if (!connection) throw clientError('NOT_FOUND', 'The cluster has no such connection.');
  return connection;
});
