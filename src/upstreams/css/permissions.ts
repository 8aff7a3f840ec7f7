/** Cluster.permissions: the whitelist, which every page of the cluster's connections has whole. */
import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { builder } from '../../graph/builder.ts';
import { resolvePage, pageType, sourceOfArray } from '../../graph/page-field.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { FROM_OWN_CALL } from '../../graph/field-source.ts';
import { registerNodeReader } from '../../graph/node.ts';
import {
  Permission,
  PermissionFilter,
  permissionMatcher,
  permissionNode,
  PermissionOrder,
  permissionOrder,
  type PermissionNode,
} from '../../graph/permission.ts';
import { PAGED } from '../../guards/limits/cost-hints.ts';
import { readEndpointAccess } from './connections.ts';
import type { ClusterKey } from './loader.ts';
import { Cluster } from './graph.ts';
import { type ClusterNode, clusterNodeId } from './nodes.ts';

/** Reads a cluster's whitelist; null from the oldest generation of the API, which does not have it. */
export const readClusterWhitelist = (
  cluster: ClusterNode,
  context: Context,
): Promise<PermissionNode[] | null> =>
  readEndpointAccess(cluster, context).then(
    ({ permissions }) => permissions?.map((row) => permissionNode(cluster, row)) ?? null,
  );

const [PermissionPage, edge] = pageType('ClusterPermissionsConnection', 'whitelist records of a cluster');
export const ClusterPermissionEdge = builder.edgeObject({ ...edge, type: Permission });

/** A cluster's whitelist as a source of pages; `read` gives all of it. */
export const clusterPermissionSource = (
  cluster: ClusterKey,
  filter: typeof PermissionFilter.$inferInput | null | undefined,
  orderBy: typeof PermissionOrder.$inferInput | null | undefined,
  read: () => Promise<readonly PermissionNode[]>,
): PageSource<PermissionNode> => ({
  identity: () => listIdentity('permissions', clusterNodeId(cluster), orderBy ? [filter, orderBy] : filter),
  ...sourceOfArray(read),
  keyOf: ({ permissionId }) => permissionId,
  sortTimeOf: ({ createdAt }) => createdAt,
  matches: permissionMatcher(filter),
  order: permissionOrder(orderBy),
});

builder.objectField(Cluster, 'permissions', (t) =>
  t.connection(
    {
      type: Permission,
      nullable: true,
      extensions: { ...PAGED, ...FROM_OWN_CALL },
      description:
        'Whitelist of the cluster. An empty one lets every account connect. Null from the oldest generation of the API, ' +
        'which does not return it.',
      args: {
        filter: t.arg({ type: PermissionFilter, description: 'Which records to list.' }),
        orderBy: t.arg({
          type: PermissionOrder,
          description: 'Order of the rows; by default that of the cloud.',
        }),
      },
      resolve: (cluster, { filter, orderBy, ...page }, context, info) => {
        let hasWhitelist = false;
        const source = clusterPermissionSource(cluster, filter, orderBy, () =>
          readClusterWhitelist(cluster, context).then((whitelist) => {
            hasWhitelist = whitelist !== null;
            return whitelist ?? [];
          }),
        );
        return resolvePage(source, page, context, info, 'ClusterPermissionsConnection').then((result) =>
          hasWhitelist ? result : null,
        );
      },
    },
    PermissionPage,
    ClusterPermissionEdge,
  ),
);

registerNodeReader('Permission', 'cluster', 3, async (context, project, [, clusterId, permissionId]) => {
  const cluster: ClusterNode = { __typename: 'Cluster', project, clusterId: clusterId! };
  const whitelist = await readClusterWhitelist(cluster, context);
  const node = whitelist?.find((one) => one.permissionId === permissionId);
  if (!node) throw clientError('NOT_FOUND', 'The cluster has no such whitelist record.');
  return node;
});
