import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { nothing } from '../../../http/wire-values.ts';
import { vpcep } from '../service.ts';

/** Starts the upgrade of an endpoint to the professional edition. Not idempotent, and there is no way back. Answers 202. */
export const upgradeEndpoint = (cloud: Cloud, project: Project, endpointId: string) =>
  cloud.post(vpcep, project, '/v2/{project_id}/vpc-endpoints/{vpc_endpoint_id}/upgrade', {
    params: { vpc_endpoint_id: endpointId },
    body: { action: 'start' },
    shape: nothing,
  });

/** Lets a service accept professional endpoints. There is no way back. Takes no body. */
export const upgradeEndpointService = (cloud: Cloud, project: Project, serviceId: string) =>
  cloud.post(vpcep, project, '/v2/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/upgrade', {
    params: { vpc_endpoint_service_id: serviceId },
    shape: nothing,
  });

/** A load balancer in a request body. */
export interface ServerResource {
  resource_id: string;
  availability_zone_id: string | undefined;
}

/** Adds load balancers behind a service. No call lists or removes them. */
export const addServerResources = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  resources: readonly ServerResource[],
) =>
  cloud.post(
    vpcep,
    project,
    '/v2/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/add-server-resources',
    {
      params: { vpc_endpoint_service_id: serviceId },
      body: { server_resources: resources },
      shape: nothing,
    },
  );
