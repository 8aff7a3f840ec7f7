import { z } from 'zod';
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import { count, identity, rows, text, time } from '../../http/wire-values.ts';
import type { Page, Window } from '../../paging/window.ts';
import { listPage } from './rest.ts';
import { isOutOfReach } from './service.ts';

/** Pages of a whitelist: up to 500 records. */
export const whitelistLimits = { pageSize: 500 };

const permissionRow = z
  .object({
    id: identity,
    permission: z.string(),
    permission_type: text,
    description: text,
    created_at: time,
  })
  .transform((wire) => ({
    permissionId: wire.id,
    permission: wire.permission,
    description: wire.description,
    createdAt: wire.created_at,
  }));

/** One record of a service's whitelist. */
export type ServicePermissionRow = z.output<typeof permissionRow>;

const PermissionPage = z.compile(
  z
    .object({ permissions: rows(permissionRow), total_count: count })
    .transform((body): Page<ServicePermissionRow> => ({
      items: body.permissions,
      total: body.total_count,
    })),
);

/** One page of a service's whitelist; pages hold at most 500 records. `fresh` reads share no call with other reads. */
export const listServicePermissions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  window: Window,
  fresh = false,
) =>
  listPage(
    cloud,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions',
    window,
    {
      params: { vpc_endpoint_service_id: serviceId },
      shape: PermissionPage,
      fresh,
      isExpectedRefusal: isOutOfReach,
    },
  );
