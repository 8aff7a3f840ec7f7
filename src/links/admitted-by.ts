/** Connection.admittedBy: the whitelist record, of a cluster (CSS) or of an endpoint service (VPCEP), that lets it in. */
import type { Context } from '../context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, type Parent } from '../graph/connection.ts';
import { Permission, permissionNode, type PermissionNode } from '../graph/permission.ts';
import { clusterWhitelist } from '../upstreams/css/nodes.ts';
import { servicePermissions, unlessOutOfReach } from '../upstreams/vpcep/loader.ts';

const whitelistOf = async (parent: Parent, context: Context): Promise<readonly PermissionNode[]> => {
  if (parent.__typename === 'Cluster') return (await clusterWhitelist(parent, context)) ?? [];
  const window = { offset: 0, limit: context.sizes.maxRows };
  const rows = await unlessOutOfReach(servicePermissions(context).load(parent, window));
  return rows?.items.map((facts) => permissionNode(parent, facts)) ?? [];
};

builder.objectField(Connection, 'admittedBy', (t) =>
  t.field({
    type: Permission,
    nullable: true,
    description:
      "The whitelist record that admits the endpoint's account: the one of that account, else the one for everyone. Null " +
      'where neither is there: an empty whitelist of a cluster admits everyone, and which accounts an organisation path ' +
      'holds is not known here.',
    resolve: async ({ parent, domainId }, _args, context) => {
      const whitelist = await whitelistOf(parent, context);
      return (
        whitelist.find((record) => record.kind === 'DOMAIN' && record.domainId === domainId) ??
        whitelist.find((record) => record.kind === 'ANY') ??
        null
      );
    },
  }),
);
