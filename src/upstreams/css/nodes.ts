import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../request/context.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import { prefetchOwnCalls, selectedSources } from '../../graph/lookahead.ts';
import type { Project } from '../../http/request.ts';
import { clusterById, type ClusterKey } from './loader.ts';
import type { ClusterRow } from './rest.ts';

/** A cluster: its identity, and its row where that was read. */
export interface ClusterNode extends ClusterKey {
  __typename: 'Cluster';
  row?: ClusterRow;
}

/** The opaque id of a cluster. */
export const clusterNodeId = ({ project, clusterId }: ClusterKey) =>
  encodeNodeId('Cluster', project, clusterId);

/** Converts a row to a node. */
export const clusterNode = (project: Project, row: ClusterRow): ClusterNode => ({
  __typename: 'Cluster',
  project,
  clusterId: row.clusterId,
  row,
});

/** Reads the row of a cluster, out of the list where several are read at the same time. */
export const readClusterRow = ({ project, clusterId }: ClusterKey, context: Context): Promise<ClusterRow> =>
  clusterById(context).load(project, clusterId);

/**
 * Reads a cluster as far as the selection needs it: not at all where every field has a call of its own, and at the same time as
 * these calls where only some have.
 */
export const readCluster = async (
  context: Context,
  project: Project,
  clusterId: string,
  info: GraphQLResolveInfo,
): Promise<ClusterNode> => {
  const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId };
  const sources = selectedSources(info, 'Cluster');
  if (sources.has('ownCall')) {
    if (!sources.has('object')) return cluster;
    void prefetchOwnCalls(info, 'Cluster', cluster, context);
  }
  // The same object: prefetched results are kept under it.
  cluster.row = await readClusterRow(cluster, context);
  return cluster;
};
