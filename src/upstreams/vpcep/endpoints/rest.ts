import { z } from 'zod';
import { connectionStatus } from '../../../graph/connection-status.ts';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import {
  count,
  digits,
  enumReader,
  failure,
  flag,
  identity,
  list,
  nothing,
  rows,
  text,
  time,
} from '../../../http/wire-values.ts';
import type { Page, Window } from '../../../paging/window.ts';
import { listPage, orNull, serviceType } from '../rest.ts';
import { isOutOfReach, vpcep } from '../service.ts';
import { parsePolicy, policyProperties, type WirePolicy } from './policy-rest.ts';

const ipVersion = enumReader({ ipv4: 'IPV4', dualstack: 'DUALSTACK' });

const activeStatus = enumReader({
  active: 'ACTIVE',
  arrear_frozen: 'ARREAR_FROZEN',
  verify_frozen: 'VERIFY_FROZEN',
  police_frozen: 'POLICE_FROZEN',
  illegal_frozen: 'ILLEGAL_FROZEN',
  partner_frozen: 'PARTNER_FROZEN',
});

const ENABLED = new Map([
  ['enable', true],
  ['disable', false],
]);

/** A text that may be empty, as gateway endpoints have it; null then. */
const filled = text.transform((value) => (value === '' ? null : value));

const endpointRow = z
  .object({
    id: identity,
    service_type: text,
    status: text,
    active_status: list(z.string()).or(z.string().transform((one) => [one])),
    enable_status: text,
    specification_name: text,
    endpoint_service_name: text,
    endpoint_service_id: text,
    marker_id: digits,
    enable_dns: flag,
    dns_names: list(z.string()),
    dns_name: filled,
    ip: filled,
    ipv6_address: filled,
    ip_version: filled,
    vpc_id: filled,
    subnet_id: filled,
    created_at: time,
    updated_at: time,
    update_at: time,
    tags: list(z.object({ key: identity, value: text })),
    error: list(failure),
    whitelist: list(z.string()),
    enable_whitelist: flag,
    routetables: list(z.string()),
    description: text,
    ...policyProperties,
  })
  .transform((wire) => ({
    endpointId: wire.id,
    serviceType: orNull(serviceType, wire.service_type),
    serviceTypeRaw: wire.service_type,
    status: orNull(connectionStatus, wire.status),
    statusRaw: wire.status,
    activeStatus: wire.active_status?.map((one) => activeStatus(one)) ?? null,
    activeStatusRaw: wire.active_status,
    enabled: ENABLED.get(wire.enable_status?.toLowerCase() ?? '') ?? null,
    specification: wire.specification_name,
    serviceName: wire.endpoint_service_name,
    serviceId: wire.endpoint_service_id,
    markerId: wire.marker_id,
    dnsEnabled: wire.enable_dns,
    dnsNames: wire.dns_names?.length === 0 && wire.dns_name ? [wire.dns_name] : wire.dns_names,
    ipv4: wire.ip,
    ipv6: wire.ipv6_address,
    ipVersion: orNull(ipVersion, wire.ip_version),
    ipVersionRaw: wire.ip_version,
    vpcId: wire.vpc_id,
    subnetId: wire.subnet_id,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at ?? wire.update_at,
    tags: wire.tags,
    failures: wire.error,
    whitelist: wire.whitelist,
    whitelistEnabled: wire.enable_whitelist,
    routeTableIds: wire.routetables,
    description: wire.description,
    policy: parsePolicy(wire),
  }));

/** An endpoint as its own project sees it. List and detail have the same properties. */
export type EndpointRow = z.output<typeof endpointRow>;

const EndpointDetail = z.compile(endpointRow);

const EndpointPage = z.compile(
  z
    .object({ endpoints: rows(endpointRow), total_count: count })
    .transform((body): Page<EndpointRow> => ({ items: body.endpoints, total: body.total_count })),
);

/** Filters and order that the upstream applies to the list. The name filter is a substring match that ignores case. */
export interface EndpointQuery {
  endpoint_service_name?: string | undefined;
  vpc_id?: string | undefined;
  id?: string | undefined;
  sort_key?: string | undefined;
  sort_dir?: 'asc' | 'desc' | undefined;
}

/** One page of the project's own endpoints, newest first unless the query says otherwise. */
export const listEndpoints = (cloud: Cloud, project: Project, window: Window, query: EndpointQuery = {}) =>
  listPage(cloud, project, '/v1/{project_id}/vpc-endpoints', window, { query, shape: EndpointPage });

export const getEndpoint = (cloud: Cloud, project: Project, endpointId: string) =>
  cloud.get(vpcep, project, '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}', {
    params: { vpc_endpoint_id: endpointId },
    shape: EndpointDetail,
    isExpectedRefusal: isOutOfReach,
  });

/** Request body of a new endpoint; undefined properties are not sent. */
export interface EndpointCreate {
  endpoint_service_id: string;
  vpc_id: string;
  subnet_id: string | undefined;
  enable_dns: boolean | undefined;
  tags: readonly { key: string; value: string }[] | undefined;
  routetables: readonly string[] | undefined;
  port_ip: string | undefined;
  ipv6_address: string | undefined;
  ip_version: string | undefined;
  whitelist: readonly string[] | undefined;
  enable_whitelist: boolean | undefined;
  description: string | undefined;
  specification_name: string | undefined;
  policy: WirePolicy | undefined;
}

/** Creates a billable endpoint. Not idempotent: it goes out once. */
export const createEndpoint = (cloud: Cloud, project: Project, { policy, ...body }: EndpointCreate) =>
  cloud.post(vpcep, project, '/v1/{project_id}/vpc-endpoints', {
    body: { ...body, ...policy },
    shape: EndpointDetail,
  });

/** Replaces the whitelist of an endpoint, or switches it on or off. */
export const updateEndpointWhitelist = (
  cloud: Cloud,
  project: Project,
  endpointId: string,
  body: { whitelist: readonly string[] | undefined; enable_whitelist: boolean | undefined },
) =>
  cloud.put(vpcep, project, '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}', {
    params: { vpc_endpoint_id: endpointId },
    body,
    shape: EndpointDetail,
  });

/** Starts to delete an endpoint; it stays visible until it is gone. Answers 204, and 200 on Open Telekom Cloud. */
export const deleteEndpoint = (cloud: Cloud, project: Project, endpointId: string) =>
  cloud.delete(vpcep, project, '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}', {
    params: { vpc_endpoint_id: endpointId },
    shape: nothing,
  });
