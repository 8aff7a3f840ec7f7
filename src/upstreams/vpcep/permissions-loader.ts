import { type Context, perRequest } from '../../request/context.ts';
import { createWindowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import { listServicePermissions, type ServicePermissionRow, whitelistLimits } from './permissions-rest.ts';
import { keyOfService, type ServiceKey } from './service-key.ts';

/** Windows of a service's whitelist. */
const permissionLoader =
  (fresh: boolean) =>
  ({ cloud, observeBatches }: Pick<Context, 'cloud' | 'observeBatches'>) =>
    createWindowLoader<ServiceKey, ServicePermissionRow, Page<ServicePermissionRow>>({
      observer: observeBatches('permissions of an endpoint service'),
      limits: whitelistLimits,
      nameOf: keyOfService,
      keyOf: ({ permissionId }) => permissionId,
      read: ({ project, serviceId }, window) =>
        listServicePermissions(cloud, project, serviceId, window, fresh),
    });

export const servicePermissions = perRequest(permissionLoader(false));

/** The same, by reads that join no other one: for those who change the list. */
export const freshServicePermissions = perRequest(permissionLoader(true));
