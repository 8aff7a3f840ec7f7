import { z } from 'zod';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import {
  count,
  enumReader,
  failure,
  flag,
  identity,
  list,
  rows,
  text,
  time,
} from '../../../http/wire-values.ts';
import type { Page, Window } from '../../../paging/window.ts';
import { listPage, orNull, serviceType } from '../rest.ts';
import { isOutOfReach, vpcep } from '../service.ts';

const serviceStatus = enumReader({
  creating: 'CREATING',
  available: 'AVAILABLE',
  failed: 'FAILED',
  deleting: 'DELETING',
});

const edition = enumReader({ basic: 'BASIC', profession: 'PROFESSIONAL' });

const serverType = enumReader({ VM: 'VM', VIP: 'VIP', LB: 'LB', BMS: 'BMS' });

const PortMapping = z
  .object({ client_port: count, server_port: count, protocol: text })
  .transform((wire) => ({
    clientPort: wire.client_port,
    serverPort: wire.server_port,
    protocol: wire.protocol ?? 'TCP',
  }));

const serviceRow = z
  .object({
    id: identity,
    service_name: text,
    service_type: text,
    server_type: text,
    status: text,
    approval_enabled: flag,
    ports: list(PortMapping),
    connection_count: count,
    description: text,
    vpc_id: text,
    port_id: text,
    domain_id: text,
    owner: text,
    tcp_proxy: text,
    cidr_type: text,
    enable_policy: flag,
    supported_editions: list(z.string()),
    is_charge: flag,
    error: list(failure),
    tags: list(z.object({ key: identity, value: text })),
    created_at: time,
    updated_at: time,
    update_at: time,
  })
  .transform((wire) => ({
    serviceId: wire.id,
    name: wire.service_name,
    serviceType: orNull(serviceType, wire.service_type),
    serviceTypeRaw: wire.service_type,
    serverType: orNull(serverType, wire.server_type),
    serverTypeRaw: wire.server_type,
    status: orNull(serviceStatus, wire.status),
    statusRaw: wire.status,
    approvalRequired: wire.approval_enabled,
    ports: wire.ports,
    activeConnectionCount: wire.connection_count,
    description: wire.description,
    vpcId: wire.vpc_id,
    portId: wire.port_id,
    domainId: wire.domain_id,
    /** In the list of public services only. */
    owner: wire.owner,
    tcpProxy: wire.tcp_proxy,
    policySupported: wire.enable_policy,
    supportedEditions: wire.supported_editions?.map((one) => edition(one)) ?? null,
    supportedEditionsRaw: wire.supported_editions,
    charged: wire.is_charge,
    failures: wire.error,
    tags: wire.tags,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at ?? wire.update_at,
  }));

/**
 * An endpoint service. List, detail and basic information have the same properties; the basic information on another account's
 * service leaves most of them null, and only the list is sure to have the connection count.
 */
export type EndpointServiceRow = z.output<typeof serviceRow>;

/** Response with one endpoint service. */
export const ServiceDetail = z.compile(serviceRow);

const ServicePage = z.compile(
  z
    .object({ endpoint_services: rows(serviceRow), total_count: count })
    .transform((body): Page<EndpointServiceRow> => ({
      items: body.endpoint_services,
      total: body.total_count,
    })),
);

/** Filters and order that the upstream applies to the list. The name filter is a substring match that ignores case. */
export interface EndpointServiceQuery {
  endpoint_service_name?: string | undefined;
  id?: string | undefined;
  status?: string | undefined;
  sort_key?: string | undefined;
  sort_dir?: 'asc' | 'desc' | undefined;
}

/** One page of the project's own endpoint services, newest first unless the query says otherwise. */
export const listEndpointServices = (
  cloud: Cloud,
  project: Project,
  window: Window,
  query: EndpointServiceQuery = {},
) =>
  listPage(cloud, project, '/v1/{project_id}/vpc-endpoint-services', window, { query, shape: ServicePage });

export const getEndpointService = (cloud: Cloud, project: Project, serviceId: string) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}', {
    params: { vpc_endpoint_service_id: serviceId },
    shape: ServiceDetail,
    isExpectedRefusal: isOutOfReach,
  });

/** Basic information on a service, also on another account's (page "Querying Basic Information About a VPC Endpoint Service"). */
export const describeEndpointService = (
  cloud: Cloud,
  project: Project,
  by: { id: string } | { endpoint_service_name: string },
) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/describe', {
    query: { ...by },
    shape: ServiceDetail,
    isExpectedRefusal: isOutOfReach,
  });

/** Filters and order that the upstream applies to the list of public services. */
export interface PublicServiceQuery {
  endpoint_service_name?: string | undefined;
  id?: string | undefined;
  sort_key?: string | undefined;
  sort_dir?: 'asc' | 'desc' | undefined;
}

/** One page of the services that every account can see, newest first. */
export const listPublicEndpointServices = (
  cloud: Cloud,
  project: Project,
  window: Window,
  query: PublicServiceQuery,
) =>
  listPage(cloud, project, '/v1/{project_id}/vpc-endpoint-services/public', window, {
    query,
    shape: ServicePage,
    // A refusal is an expected answer for a single service; for the whole list it is a failure.
    ...(query.id !== undefined && { isExpectedRefusal: isOutOfReach }),
  });
