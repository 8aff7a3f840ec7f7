import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../request/context.ts';
import { type ConnectionNode } from '../../graph/connection.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import { permissionNode } from '../../graph/permission.ts';
import { prefetchOwnCalls, selectedSources } from '../../graph/lookahead.ts';
import type { Project } from '../../http/client.ts';
import type { PageSource } from '../../paging/page-source.ts';
import { clusterEndpointAccess, clusterFacts } from './loader.ts';
import { type ClusterConnectionFacts, clusterConnectionLimits, type ClusterFacts } from './rest.ts';

/** A cluster: who it is, and what is known of it so far. */
export interface ClusterNode {
  __typename: 'Cluster';
  project: Project;
  clusterId: string;
  facts?: ClusterFacts;
}

/** The opaque id of a cluster. */
export const clusterNodeId = ({ project, clusterId }: Pick<ClusterNode, 'project' | 'clusterId'>) =>
  encodeNodeId('Cluster', project, clusterId);

/** A cluster that was read, as a node. */
export const clusterNode = (project: Project, facts: ClusterFacts): ClusterNode => ({
  __typename: 'Cluster',
  project,
  clusterId: facts.clusterId,
  facts,
});

/** What CSS says about a cluster, read with others where others are asked for. */
export const factsOf = ({ project, clusterId }: ClusterNode, context: Context) =>
  clusterFacts(context).load(project, clusterId);

/** What a page of the cluster's connections carries beside its rows. */
export const endpointAccessOf = (cluster: ClusterNode, context: Context) =>
  clusterEndpointAccess(context).load(cluster, { offset: 0, limit: 0 });

/**
 * The cluster, read as far as the selection needs: not at all where its connections are all that is asked for, and side by side
 * with them where both are.
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
  cluster.facts = await factsOf(cluster, context);
  return cluster;
};

/** A row of a cluster's connections as a node. */
export const clusterConnectionNode = (parent: ClusterNode, row: ClusterConnectionFacts): ConnectionNode => ({
  // First, since only then it is copied at once.
  ...row,
  __typename: 'Connection',
  parent,
  endpointSide: row,
  serviceSide: null,
});

/** A cluster's connections as a list of nodes, in the order of the upstream. */
export const clusterConnectionSource = (
  cluster: ClusterNode,
  context: Context,
): Omit<PageSource<ConnectionNode>, 'identity'> => ({
  limits: clusterConnectionLimits,
  keyOf: ({ endpointId }) => endpointId,
  createdAtOf: ({ createdAt }) => createdAt,
  load: async (window) => {
    const rows = await clusterEndpointAccess(context).load(cluster, window);
    return { ...rows, items: rows.items.map((row) => clusterConnectionNode(cluster, row)) };
  },
});

/** A cluster's whitelist; null where the cluster answers in the oldest generation, which does not tell it. */
export const clusterWhitelist = async (cluster: ClusterNode, context: Context) => {
  const { permissions } = await endpointAccessOf(cluster, context);
  return permissions?.map((facts) => permissionNode(cluster, facts)) ?? null;
};
