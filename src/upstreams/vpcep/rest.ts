import { z } from 'zod';
import { connectionStatus } from '../../graph/connection-status.ts';
import type { Shape } from '../../http/upstream-response.ts';
import type { Cloud, Project } from '../../http/client.ts';
import type { UpstreamRefusal } from '../../http/errors.ts';
import { isRefusedWith } from '../../http/refusal.ts';
import {
  count,
  digitsOf,
  enumReader,
  failure,
  flag,
  identity,
  list,
  rows,
  text,
  time,
  timeOf,
  wireDigits,
  wireText,
  wireTime,
} from '../../http/wire-values.ts';
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
    .object({ endpoint_services: rows(ServiceRow), total_count: count })
    .transform((body): Page<EndpointServiceFacts> => ({
      items: body.endpoint_services,
      total: body.total_count,
    })),
);

const ConnectionRow = z
  .object({
    id: identity,
    status: z.string(),
    marker_id: wireDigits,
    domain_id: wireText,
    created_at: wireTime,
    updated_at: wireTime,
    update_at: wireTime,
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
    .object({ connections: rows(ConnectionRow), total_count: count })
    .transform((body): Page<ServiceConnectionFacts> => ({
      items: body.connections,
      total: body.total_count,
    })),
);

const PermissionRow = z
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
export type ServicePermissionFacts = z.output<typeof PermissionRow>;

const PermissionPage = z.compile(
  z
    .object({ permissions: rows(PermissionRow), total_count: count })
    .transform((body): Page<ServicePermissionFacts> => ({
      items: body.permissions,
      total: body.total_count,
    })),
);

const isInvalidOffset = isRefusedWith('EndPoint.0010');

/** How a list is asked for. */
interface ListCall<Row> {
  params?: Readonly<Record<string, string>>;
  query?: object;
  shape: Shape<Page<Row>>;
  /** Joins no other read. */
  fresh?: boolean;
  /** Which refusals of it are answers. */
  answers?: (refusal: UpstreamRefusal) => boolean;
}

/**
 * One page of a list of VPCEP. An offset at or past the end of the list may be refused, or answered with an empty page: the sources
 * leave it open (`EndPoint.0010`, page "Error Codes"). Both are a page without rows here, since lists shrink.
 */
export const listPage = async <Row>(
  cloud: Cloud,
  project: Project,
  path: string,
  window: Window,
  { params, query, shape, fresh, answers }: ListCall<Row>,
): Promise<Page<Row>> => {
  const isPastEnd = (error: unknown) => window.offset > 0 && isInvalidOffset(error);
  try {
    return await cloud.get(vpcep, project, path, {
      ...(params && { params }),
      query: { ...query, ...offsetLimit(window) },
      shape,
      fresh,
      answers: (refusal) => isPastEnd(refusal) || (answers?.(refusal) ?? false),
    });
  } catch (error) {
    if (isPastEnd(error)) return { items: [], total: null, pastEnd: true };
    throw error;
  }
};

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
  listPage(cloud, project, '/v1/{project_id}/vpc-endpoint-services', window, { query, shape: ServicePage });

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
  listPage(
    cloud,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections',
    window,
    {
      params: { vpc_endpoint_service_id: serviceId },
      query,
      shape: ConnectionPage,
      answers: isOutOfReach,
    },
  );

/** One page of a service's whitelist; pages hold at most 500 records. A fresh one joins no other read. */
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
    { params: { vpc_endpoint_service_id: serviceId }, shape: PermissionPage, fresh, answers: isOutOfReach },
  );
