import { type Context, perRequest } from '../../request/context.ts';
import { createWindowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import { listServicePermissions, type ServicePermissionRow, whitelistLimits } from './permissions-rest.ts';
import { keyOfService, type ServiceKey } from './service-key.ts';

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

/** Windows of a service's whitelist. */
export const servicePermissions = perRequest(permissionLoader(false));

/** Windows of a service's whitelist, by calls that are shared with no other read: for changes of the list. */
export const freshServicePermissions = perRequest(permissionLoader(true));
