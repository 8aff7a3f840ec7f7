/** Connection.admittedBy: the whitelist record of a cluster (CSS) or of an endpoint service (VPCEP) that admits the connection. */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, type Parent } from '../graph/connection.ts';
import { Permission, permissionNode, type PermissionNode } from '../graph/permission.ts';
import { type Extent, findIn, WHOLE } from '../paging/extent.ts';
import { readClusterWhitelist } from '../upstreams/css/permissions.ts';
import { servicePermissions } from '../upstreams/vpcep/permissions-loader.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';

const readWhitelist = async (
  parent: Parent,
  context: Context,
): Promise<{ items: readonly PermissionNode[]; extent: Extent }> => {
  if (parent.__typename === 'Cluster')
    return { items: (await readClusterWhitelist(parent, context)) ?? [], extent: WHOLE };
  const window = { offset: 0, limit: context.sizes.maxRows };
  const rows = await unlessOutOfReach(servicePermissions(context).load(parent, window));
  if (rows === null) return { items: [], extent: WHOLE };
  return { items: rows.items.map((row) => permissionNode(parent, row)), extent: rows.extent };
};

builder.objectField(Connection, 'admittedBy', (t) =>
  t.field({
    type: Permission,
    nullable: true,
    description:
      "The whitelist record that admits the endpoint's account: the record of that account, else the record for everyone. " +
      'Null if there is neither: an empty whitelist of a cluster admits everyone, and the gateway does not know which ' +
      'accounts an organisation path contains.',
    resolve: async ({ parent, domainId }, _args, context) => {
      const whitelist = await readWhitelist(parent, context);
      return (
        findIn(whitelist, (record) => record.kind === 'DOMAIN' && record.domainId === domainId) ??
        findIn(whitelist, (record) => record.kind === 'ANY') ??
        null
      );
    },
  }),
);
