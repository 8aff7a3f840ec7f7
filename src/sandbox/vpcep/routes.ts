import type { Route } from '../http/exchange.ts';
import { serviceConnections } from './connections.ts';
import { editions } from './editions.ts';
import { endpoints } from './endpoints.ts';
import { permissions } from './permissions.ts';
import { endpointPolicy } from './policy-routes.ts';
import { updateRouteTables } from './route-tables.ts';
import { services } from './services.ts';
import { tags } from './tags.ts';
import { versions } from './versions.ts';

const SERVICES = '/v1/{project_id}/vpc-endpoint-services';
const SERVICE = `${SERVICES}/{vpc_endpoint_service_id}`;
const V2_SERVICE = '/v2/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}';
const ENDPOINTS = '/v1/{project_id}/vpc-endpoints';

/** The operations of VPC Endpoint. */
export const routes: readonly Route[] = [
  { method: 'GET', path: SERVICES, handle: services.listServices },
  { method: 'POST', path: SERVICES, handle: services.createService },
  { method: 'GET', path: `${SERVICES}/describe`, handle: services.describe },
  { method: 'GET', path: `${SERVICES}/public`, handle: services.listPublic },
  { method: 'GET', path: SERVICE, handle: services.getService },
  { method: 'PUT', path: SERVICE, handle: services.updateService },
  { method: 'DELETE', path: SERVICE, handle: services.deleteService },
  { method: 'PUT', path: `${SERVICE}/name`, handle: services.renameService, huaweiOnly: true },
  { method: 'GET', path: `${SERVICE}/connections`, handle: serviceConnections.listConnections },
  { method: 'POST', path: `${SERVICE}/connections/action`, handle: serviceConnections.decideConnection },
  {
    method: 'PUT',
    path: `${SERVICE}/connections/description`,
    handle: serviceConnections.describeConnections,
    huaweiOnly: true,
  },
  { method: 'GET', path: `${SERVICE}/permissions`, handle: permissions.listPermissions },
  { method: 'POST', path: `${SERVICE}/permissions/action`, handle: permissions.addOrRemove },
  {
    method: 'POST',
    path: `${SERVICE}/permissions/batch-create`,
    handle: permissions.batchCreate,
    huaweiOnly: true,
  },
  {
    method: 'POST',
    path: `${SERVICE}/permissions/batch-delete`,
    handle: permissions.batchDelete,
    huaweiOnly: true,
  },
  {
    method: 'PUT',
    path: `${SERVICE}/permissions/{permission_id}`,
    handle: permissions.describePermission,
    huaweiOnly: true,
  },
  { method: 'GET', path: ENDPOINTS, handle: endpoints.listEndpoints },
  { method: 'POST', path: ENDPOINTS, handle: endpoints.createEndpoint },
  { method: 'GET', path: `${ENDPOINTS}/{vpc_endpoint_id}`, handle: endpoints.getEndpoint },
  {
    method: 'PUT',
    path: `${ENDPOINTS}/{vpc_endpoint_id}`,
    handle: endpoints.updateEndpoint,
    huaweiOnly: true,
  },
  { method: 'DELETE', path: `${ENDPOINTS}/{vpc_endpoint_id}`, handle: endpoints.deleteEndpoint },
  {
    method: 'PUT',
    path: `${ENDPOINTS}/{vpc_endpoint_id}/policy`,
    handle: endpointPolicy.updatePolicy,
    huaweiOnly: true,
  },
  {
    method: 'DELETE',
    path: `${ENDPOINTS}/{vpc_endpoint_id}/policy`,
    handle: endpointPolicy.deletePolicy,
    huaweiOnly: true,
  },
  {
    method: 'PUT',
    path: `${ENDPOINTS}/{vpc_endpoint_id}/routetables`,
    handle: updateRouteTables,
    huaweiOnly: true,
  },
  {
    method: 'POST',
    path: '/v2/{project_id}/vpc-endpoints/{vpc_endpoint_id}/upgrade',
    handle: editions.upgradeEndpoint,
    huaweiOnly: true,
  },
  {
    method: 'POST',
    path: `${V2_SERVICE}/upgrade`,
    handle: editions.upgradeService,
    huaweiOnly: true,
  },
  {
    method: 'POST',
    path: `${V2_SERVICE}/add-server-resources`,
    handle: editions.addServerResources,
    huaweiOnly: true,
  },
  { method: 'GET', path: '/', handle: versions.listVersions, open: true },
  { method: 'GET', path: '/{version}', handle: versions.getVersion, open: true },
  { method: 'GET', path: '/v1/{project_id}/quotas', handle: endpoints.listQuotas },
  // Last, since their first part could be anything.
  {
    method: 'POST',
    path: '/v1/{project_id}/{resource_type}/{resource_id}/tags/action',
    handle: tags.changeTags,
  },
  { method: 'GET', path: '/v1/{project_id}/{resource_type}/tags', handle: tags.listTags },
  {
    method: 'POST',
    path: '/v1/{project_id}/{resource_type}/resource_instances/action',
    handle: tags.queryResources,
  },
] satisfies Route[];
