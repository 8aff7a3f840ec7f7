import { z } from 'zod';
import { connectionStatus } from '../../graph/connection-status.ts';
import type { Cloud } from '../../http/cloud.ts';
import { lazyRow } from '../../http/lazy-row.ts';
import type { Project } from '../../http/request.ts';
import {
  count,
  parseCount,
  flag,
  identity,
  rows,
  text,
  time,
  parseTime,
  wireCount,
  wireText,
  wireTime,
} from '../../http/wire-values.ts';
import { offsetLimit, type Page, startOnly, type Window, unpaged } from '../../paging/window.ts';
import { css, isAccessOff } from './service.ts';

/** Pages of up to 1,000 rows, from positions up to 1,000 (page of the operation). */
export const clusterConnectionLimits = { pageSize: 1000, lastOffset: 1000 };

const wireConnection = z.object({
  id: identity,
  status: z.string(),
  maxSession: wireCount,
  specificationName: wireText,
  vpcepIp: wireText,
  vpcepIpv6Address: wireText,
  vpcepDnsName: wireText,
  created_at: wireTime,
  update_at: wireTime,
  updated_at: wireTime,
  domain_id: wireText,
});

const connectionRow = lazyRow(wireConnection, {
  endpointId: (wire) => wire.id,
  status: (wire) => connectionStatus(wire.status),
  statusRaw: (wire) => wire.status,
  maxSessions: (wire) => parseCount(wire.maxSession),
  specification: (wire) => wire.specificationName ?? null,
  ipv4: (wire) => wire.vpcepIp ?? null,
  ipv6: (wire) => wire.vpcepIpv6Address ?? null,
  dnsNames: (wire) => (wire.vpcepDnsName ? [wire.vpcepDnsName] : null),
  createdAt: (wire) => parseTime(wire.created_at),
  updatedAt: (wire) => parseTime(wire.update_at) ?? parseTime(wire.updated_at),
  domainId: (wire) => wire.domain_id ?? null,
});

/** One VPC endpoint connected to a cluster, as CSS shows it. */
export type ClusterConnectionRow = z.output<typeof connectionRow>;

const permissionRow = z
  .object({ id: identity, permission: z.string(), created_at: time })
  .transform((wire) => ({ permissionId: wire.id, permission: wire.permission, createdAt: wire.created_at }));

/** One record of a cluster's whitelist. */
type ClusterPermissionRow = z.output<typeof permissionRow>;

/** One page of a cluster's connections, with the values that every page has beside its rows. */
export interface ClusterEndpointAccess extends Page<ClusterConnectionRow> {
  access: boolean;
  /** `{region}.{name}.{service id}`; null in the oldest generation. */
  serviceName: string | null;
  /** The whole whitelist; null in the oldest generation, which does not have it. */
  permissions: readonly ClusterPermissionRow[] | null;
  updateSwitch: boolean | null;
}

const ConnectionPage = z.compile(
  z
    .object({
      connections: rows(connectionRow),
      vpcServiceName: text,
      permissions: z.array(permissionRow).nullish(),
      vpcepUpdateSwitch: flag,
      total_count: count,
    })
    .transform((body): ClusterEndpointAccess => ({
      items: body.connections,
      total: body.total_count,
      access: true,
      serviceName: body.vpcServiceName,
      permissions: body.permissions ?? null,
      updateSwitch: body.vpcepUpdateSwitch,
    })),
);

const ACCESS_OFF: ClusterEndpointAccess = {
  items: [],
  total: 0,
  access: false,
  serviceName: null,
  permissions: [],
  updateSwitch: null,
};

/** Builders of the position parameter, which changed from generation to generation (pages of 2024-06, 2025-06 and 2025-12). */
const POSITIONS = { offset: offsetLimit, start: startOnly, none: unpaged };

/** One page of a cluster's connections. It is empty where endpoint access is off. `fresh` reads share no call with other reads. */
export const listClusterConnections = (
  cloud: Cloud,
  project: Project,
  clusterId: string,
  window: Window,
  fresh = false,
): Promise<ClusterEndpointAccess> =>
  cloud
    .get(css, project, '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/connections', {
      params: { cluster_id: clusterId },
      query: POSITIONS[project.cssPosition ?? 'offset'](window),
      shape: ConnectionPage,
      fresh,
      isExpectedRefusal: isAccessOff,
    })
    .catch((error: unknown) => {
      if (isAccessOff(error)) return ACCESS_OFF;
      throw error;
    });
