import { z } from 'zod';
import { connectionStatus } from '../connection-status.ts';
import type { Cloud, Project } from '../../http/client.ts';
import {
  count,
  digitsOf,
  enumReader,
  failure,
  flag,
  list,
  text,
  time,
  timeOf,
  wireNumber,
  wireText,
} from '../../http/wire.ts';
import { offsetLimit, type Page, type Window } from '../../paging/window.ts';
import { isOutOfReach, vpcep } from './service.ts';

/** Lists of services, connections and endpoints; the whitelist has pages of its own size. */
export const listLimits = { pageSize: 1000 };
export const whitelistLimits = { pageSize: 500 };

const serviceStatus = enumReader({
  creating: 'CREATING',
  available: 'AVAILABLE',
  failed: 'FAILED',
  deleting: 'DELETING',
});
/** How endpoints reach a service, in the graph's words. */
export const serviceType = enumReader({ interface: 'INTERFACE', gateway: 'GATEWAY' });
const serverType = enumReader({ VM: 'VM', VIP: 'VIP', LB: 'LB', BMS: 'BMS' });

/** What is read of a text, or null where there is none. */
export const orNull = <Value>(read: (wire: string) => Value, wire: string | null): Value | null =>
  wire === null ? null : read(wire);

const PortMapping = z
  .object({ client_port: count, server_port: count, protocol: text })
  .transform((wire) => ({
    clientPort: wire.client_port,
    serverPort: wire.server_port,
    protocol: wire.protocol ?? 'TCP',
  }));

const ServiceRow = z
  .object({
    id: z.string(),
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
    is_charge: flag,
    error: list(failure),
    tags: list(z.object({ key: z.string(), value: text })),
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
    connectionCount: wire.connection_count,
    description: wire.description,
    vpcId: wire.vpc_id,
    portId: wire.port_id,
    domainId: wire.domain_id,
    /** In the list of public services only. */
    owner: wire.owner,
    tcpProxy: wire.tcp_proxy,
    charged: wire.is_charge,
    failures: wire.error,
    tags: wire.tags,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at ?? wire.update_at,
  }));

/** What VPCEP says about an endpoint service; the basic facts of a foreign one leave most of it null. */
export type EndpointServiceFacts = z.output<typeof ServiceRow>;

/** An answer that is an endpoint service. */
export const ServiceDetail = z.compile(ServiceRow);

/** An answer that is a page of endpoint services. */
export const ServicePage = z.compile(
  z
    .object({ endpoint_services: list(ServiceRow), total_count: count })
    .transform((body): Page<EndpointServiceFacts> => ({
      items: body.endpoint_services,
      total: body.total_count,
    })),
);

const ConnectionRow = z
  .object({
    id: z.string(),
    status: z.string(),
    marker_id: wireNumber,
    domain_id: wireText,
    created_at: wireNumber,
    updated_at: wireNumber,
    update_at: wireNumber,
    error: list(failure),
    description: wireText,
  })
  .transform((wire) => ({
    endpointId: wire.id,
    status: connectionStatus(wire.status),
    statusRaw: wire.status,
    markerId: digitsOf(wire.marker_id),
    domainId: wire.domain_id ?? null,
    createdAt: timeOf(wire.created_at),
    updatedAt: timeOf(wire.updated_at) ?? timeOf(wire.update_at),
    failures: wire.error,
    description: wire.description ?? null,
  }));

/** One VPC endpoint connected to a service, as the service's side shows it. */
export type ServiceConnectionFacts = z.output<typeof ConnectionRow>;

const ConnectionPage = z.compile(
  z
    .object({ connections: list(ConnectionRow), total_count: count })
    .transform((body): Page<ServiceConnectionFacts> => ({
      items: body.connections,
      total: body.total_count,
    })),
);

const PermissionRow = z
  .object({
    id: z.string(),
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
export type ServicePermissionFacts = z.output<typeof PermissionRow>;

const PermissionPage = z.compile(
  z
    .object({ permissions: list(PermissionRow), total_count: count })
    .transform((body): Page<ServicePermissionFacts> => ({
      items: body.permissions,
      total: body.total_count,
    })),
);

/** What the service list filters by itself. Its name filter is a substring match without regard to case. */
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
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services', {
    query: { ...query, ...offsetLimit(window) },
    shape: ServicePage,
  });

/** One of the project's own endpoint services. */
export const getEndpointService = (cloud: Cloud, project: Project, serviceId: string) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}', {
    params: { vpc_endpoint_service_id: serviceId },
    shape: ServiceDetail,
    answers: isOutOfReach,
  });

/** The basic facts of any service, also of another account's (page "Querying Basic Information About a VPC Endpoint Service"). */
export const describeEndpointService = (
  cloud: Cloud,
  project: Project,
  by: { id: string } | { endpoint_service_name: string },
) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/describe', {
    query: { ...by },
    shape: ServiceDetail,
    answers: isOutOfReach,
  });

/** What the connection list filters by itself. `marker_id` is a filter, not a position. */
export interface ServiceConnectionQuery {
  id?: string | undefined;
  marker_id?: string | undefined;
  status?: string | undefined;
  sort_key?: string | undefined;
  sort_dir?: 'asc' | 'desc' | undefined;
}

/** One page of a service's connections, newest first unless the query says otherwise. */
export const listServiceConnections = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  window: Window,
  query: ServiceConnectionQuery = {},
) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections', {
    params: { vpc_endpoint_service_id: serviceId },
    query: { ...query, ...offsetLimit(window) },
    shape: ConnectionPage,
    answers: isOutOfReach,
  });

/** One page of a service's whitelist; pages hold at most 500 records. A fresh one joins no other read. */
export const listServicePermissions = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  window: Window,
  fresh = false,
) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/permissions', {
    params: { vpc_endpoint_service_id: serviceId },
    query: offsetLimit(window),
    shape: PermissionPage,
    fresh,
    answers: isOutOfReach,
  });
