import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import { isMissingCall } from '../../http/refusal.ts';
import { nothing } from '../../http/wire-values.ts';
import { isConnectedAlready, vpcep } from './service.ts';

/** Most whitelist records in one call (pages of the whitelist operations). */
export const WHITELIST_BATCH = 50;

/** Type of the records of one call; left out for accounts. */
type PermissionType = 'orgPath' | undefined;

const ofService = (serviceId: string) => ({ vpc_endpoint_service_id: serviceId });

/** Accepts (`receive`) or rejects one endpoint; the operation takes exactly one. */
export const decideServiceConnection = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  action: 'receive' | 'reject',
  endpointId: string,
) =>
  cloud.post(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections/action',
    {
      params: ofService(serviceId),
      body: { action, endpoints: [endpointId] },
      shape: nothing,
      ...(action === 'receive' && { isExpectedRefusal: isConnectedAlready }),
    },
  );

/** Sets the owner's notes on connections. */
export const updateConnectionDescriptions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  connections: readonly { id: string; description: string }[],
) =>
  cloud.put(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections/description',
    { params: ofService(serviceId), body: { connections }, shape: nothing },
  );

/** Adds or removes whitelist records by their texts. Every region has it. */
export const addOrRemovePermissions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  action: 'add' | 'remove',
  permissions: readonly string[],
  permission_type: PermissionType,
) =>
  cloud.post(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions/action',
    { params: ofService(serviceId), body: { permissions, action, permission_type }, shape: nothing },
  );

/** Adds whitelist records with a note. */
export const batchCreatePermissions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  permissions: readonly { permission: string; description: string }[],
  permission_type: PermissionType,
) =>
  cloud.post(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions/batch-create',
    {
      params: ofService(serviceId),
      body: { permissions, permission_type },
      shape: nothing,
      isExpectedRefusal: isMissingCall,
    },
  );

/** Removes whitelist records by their ids. */
export const batchDeletePermissions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  permissionIds: readonly string[],
) =>
  cloud.post(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions/batch-delete',
    {
      params: ofService(serviceId),
      body: { permissions: permissionIds.map((id) => ({ id })) },
      shape: nothing,
      isExpectedRefusal: isMissingCall,
    },
  );

/** Sets the owner's note on a whitelist record. */
export const updatePermissionDescription = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  permissionId: string,
  description: string,
) =>
  cloud.put(
    vpcep,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions/{permission_id}',
    {
      params: { ...ofService(serviceId), permission_id: permissionId },
      body: { permission: { description } },
      shape: nothing,
    },
  );
