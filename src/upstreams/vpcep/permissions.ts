/** The whitelist of an endpoint service as nodes. */
import { clientError } from '../../errors/client-error.ts';
import type { Context } from '../../request/context.ts';
import { listIdentity, type PageSource } from '../../paging/page-source.ts';
import { registerNodeReader } from '../../graph/node.ts';
import {
  PermissionFilter,
  permissionMatcher,
  permissionNode,
  PermissionOrder,
  permissionOrder,
  type PermissionNode,
} from '../../graph/permission.ts';
import { findIn } from '../../paging/extent.ts';
import { type ServiceIdentity, serviceNodeId } from './nodes.ts';
import { servicePermissions } from './permissions-loader.ts';
import { whitelistLimits } from './permissions-rest.ts';

/** A service's whitelist as a source of pages. */
export const servicePermissionSource = (
  service: ServiceIdentity,
  filter: typeof PermissionFilter.$inferInput | null | undefined,
  orderBy: typeof PermissionOrder.$inferInput | null | undefined,
  context: Context,
): PageSource<PermissionNode> => ({
  identity: () => listIdentity('permissions', serviceNodeId(service), orderBy ? [filter, orderBy] : filter),
  limits: whitelistLimits,
  keyOf: ({ permissionId }) => permissionId,
  sortTimeOf: ({ createdAt }) => createdAt,
  load: async (window) => {
    const rows = await servicePermissions(context).load(service, window);
    return { ...rows, items: rows.items.map((row) => permissionNode(service, row)) };
  },
  matches: permissionMatcher(filter),
  order: permissionOrder(orderBy),
});

registerNodeReader('Permission', 'service', 3, async (context, project, [, serviceId, permissionId]) => {
  const service: ServiceIdentity = { __typename: 'EndpointService', project, serviceId: serviceId! };
  const window = { offset: 0, limit: context.sizes.maxRows };
  const listed = await servicePermissions(context).load(service, window);
  const row = findIn(listed, (one) => one.permissionId === permissionId);
  if (!row) throw clientError('NOT_FOUND', 'The endpoint service has no such whitelist record.');
  return permissionNode(service, row);
});
