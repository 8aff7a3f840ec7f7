import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { nothing } from '../../../http/wire-values.ts';
import { vpcep } from '../service.ts';
import { ServiceDetail } from './rest.ts';

/** A port in a request body. */
export interface Port {
  client_port: number;
  server_port: number;
  protocol: string | undefined;
}

/** Request body of a new service; undefined properties are not sent. */
export interface EndpointServiceCreate {
  port_id: string;
  vpc_id: string;
  server_type: string;
  ports: readonly Port[];
  service_name: string | undefined;
  approval_enabled: boolean | undefined;
  service_type: string | undefined;
  tcp_proxy: string | undefined;
  tags: readonly { key: string; value: string }[] | undefined;
  description: string | undefined;
  ip: string | undefined;
  ip_version: string | undefined;
  snat_network_id: string | undefined;
  /** Only true is sent: some regions do not know the property. */
  enable_policy: true | undefined;
  pool_id: string | undefined;
}

/** Request body of a change; undefined properties stay as they are, and `ports` replaces all ports. */
export interface EndpointServiceUpdate {
  approval_enabled: boolean | undefined;
  service_name: string | undefined;
  ports: readonly Port[] | undefined;
  port_id: string | undefined;
  tcp_proxy: string | undefined;
  description: string | undefined;
  ip: string | undefined;
}

/** Publishes an endpoint service. Not idempotent: it goes out once. */
export const createEndpointService = (cloud: Cloud, project: Project, body: EndpointServiceCreate) =>
  cloud.post(vpcep, project, '/v1/{project_id}/vpc-endpoint-services', { body, shape: ServiceDetail });

export const updateEndpointService = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  body: EndpointServiceUpdate,
) =>
  cloud.put(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}', {
    params: { vpc_endpoint_service_id: serviceId },
    body,
    shape: ServiceDetail,
  });

/** Renames an endpoint service. The response has only the name, so the service has to be read again. */
export const renameEndpointService = (cloud: Cloud, project: Project, serviceId: string, label: string) =>
  cloud.put(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/name', {
    params: { vpc_endpoint_service_id: serviceId },
    body: { endpoint_service_name: label },
    shape: nothing,
  });

/** Starts to delete an endpoint service. Answers 204, and 200 on Open Telekom Cloud. */
export const deleteEndpointService = (cloud: Cloud, project: Project, serviceId: string) =>
  cloud.delete(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}', {
    params: { vpc_endpoint_service_id: serviceId },
    shape: nothing,
  });
