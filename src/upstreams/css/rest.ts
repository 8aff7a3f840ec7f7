import { z } from 'zod';
import type { Cloud, Project } from '../../http/client.ts';
import {
  count,
  countOf,
  enumReader,
  flag,
  identity,
  list,
  rows,
  text,
  time,
  timeOf,
  wireCount,
  wireText,
  wireTime,
} from '../../http/wire-values.ts';
import { offsetLimit, type Page, startLimit, startOnly, type Window, unpaged } from '../../paging/window.ts';
import { connectionStatus } from '../../graph/connection-status.ts';
import { css, isAccessOff } from './service.ts';

/** Both lists of this service: pages of up to 1,000 rows, from positions up to 1,000 (pages of both operations). */
export const clusterListLimits = { pageSize: 1000, lastOffset: 999 };
export const clusterConnectionLimits = { pageSize: 1000, lastOffset: 1000 };

const clusterStatus = enumReader({
  100: 'IN_PROGRESS',
  200: 'AVAILABLE',
  300: 'UNAVAILABLE',
  303: 'FAILED',
});

const clusterEngine = enumReader({
  elasticsearch: 'ELASTICSEARCH',
  opensearch: 'OPENSEARCH',
  logstash: 'LOGSTASH',
});

const instanceType = enumReader({
  ess: 'DATA',
  'ess-cold': 'COLD_DATA',
  'ess-client': 'CLIENT',
  'ess-master': 'MASTER',
  lgs: 'LOGSTASH',
});

const splitAtCommas = (joined: string | null): string[] =>
  (joined ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const InstanceRow = z
  .object({
    id: identity,
    name: text,
    type: text,
    status: text,
    specCode: text,
    azCode: text,
    ip: text,
    subnetId: text,
    volume: z.object({ type: text, size: count }).nullish(),
  })
  .transform((wire) => ({
    instanceId: wire.id,
    name: wire.name,
    type: instanceType(wire.type),
    typeRaw: wire.type,
    status: clusterStatus(wire.status),
    statusRaw: wire.status,
    flavor: wire.specCode,
    availabilityZone: wire.azCode,
    ip: wire.ip,
    subnetId: wire.subnetId,
    volumeType: wire.volume?.type ?? null,
    volumeSizeGb: wire.volume?.size ?? null,
  }));

const Tag = z.object({ key: identity, value: text });

const FailedReason = z.object({ errorCode: text, errorMsg: text }).nullish();

const ClusterRow = z
  .object({
    id: identity,
    name: z.string(),
    status: z.string(),
    desc: text,
    datastore: z
      .object({ type: text, version: text, supportSecuritymode: flag, subVersion: text, isEosCluster: flag })
      .nullish(),
    instances: list(InstanceRow),
    endpoint: text,
    ipv6Endpoint: text,
    publicIp: text,
    publicKibanaResp: z.object({ publicKibanaIp: text }).nullish(),
    elbWhiteList: z.object({ enableWhiteList: flag, whiteList: text }).nullish(),
    vpcId: text,
    subnetId: text,
    currentSubnetIds: text,
    securityGroupId: text,
    bandwidthSize: count,
    httpsEnable: flag,
    authorityEnable: flag,
    diskEncrypted: flag,
    cmkId: text,
    backupAvailable: flag,
    period: flag,
    enterpriseProjectId: text,
    actions: list(z.string()),
    actionProgress: z.record(z.string(), z.unknown()).nullish(),
    tags: list(Tag),
    failedReason: FailedReason,
    failed_reasons: FailedReason,
    created: time,
    updated: time,
    vpcepIp: text,
    vpcepIpv6Address: text,
    supportVpcep: flag,
  })
  .transform((wire) => {
    const failed = wire.failedReason ?? wire.failed_reasons;
    return {
      clusterId: wire.id,
      name: wire.name,
      description: wire.desc,
      status: clusterStatus(wire.status),
      statusRaw: wire.status,
      engine: wire.datastore?.type == null ? null : clusterEngine(wire.datastore.type),
      engineRaw: wire.datastore?.type ?? null,
      engineVersion: wire.datastore?.version ?? null,
      engineEndOfSupport: wire.datastore?.isEosCluster ?? null,
      instances: wire.instances,
      addresses: splitAtCommas(wire.endpoint),
      ipv6Addresses: splitAtCommas(wire.ipv6Endpoint),
      publicAddress: wire.publicIp,
      publicKibanaAddress: wire.publicKibanaResp?.publicKibanaIp ?? null,
      publicAccessControlled: wire.elbWhiteList?.enableWhiteList ?? null,
      publicWhitelist: splitAtCommas(wire.elbWhiteList?.whiteList ?? null),
      publicBandwidthMbits: wire.bandwidthSize,
      vpcId: wire.vpcId,
      subnetIds: splitAtCommas(wire.currentSubnetIds ?? wire.subnetId),
      securityGroupId: wire.securityGroupId,
      httpsEnabled: wire.httpsEnable,
      securityMode: wire.authorityEnable,
      diskEncrypted: wire.diskEncrypted,
      encryptionKeyId: wire.cmkId,
      backupAvailable: wire.backupAvailable,
      prepaid: wire.period,
      enterpriseProjectId: wire.enterpriseProjectId,
      actions:
        wire.actions?.map((name) => ({ name, progress: progressOf(wire.actionProgress?.[name]) })) ?? null,
      tags: wire.tags,
      failure: failed ? { code: failed.errorCode, message: failed.errorMsg } : null,
      createdAt: wire.created,
      updatedAt: wire.updated,
      /** In the detail answer only. */
      endpointIpv4: wire.vpcepIp,
      endpointIpv6: wire.vpcepIpv6Address,
      endpointAccessSupported: wire.supportVpcep,
    };
  });

const progressOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

/** What CSS says about a cluster. */
export type ClusterFacts = z.output<typeof ClusterRow>;

const ClusterDetail = z.compile(ClusterRow);

const ClusterPage = z.compile(
  z
    .object({ clusters: rows(ClusterRow), totalSize: count })
    .transform((body): Page<ClusterFacts> => ({ items: body.clusters, total: body.totalSize })),
);

const ConnectionRow = z
  .object({
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
  })
  .transform((wire) => ({
    endpointId: wire.id,
    status: connectionStatus(wire.status),
    statusRaw: wire.status,
    maxSessions: countOf(wire.maxSession),
    specification: wire.specificationName ?? null,
    ipv4: wire.vpcepIp ?? null,
    ipv6: wire.vpcepIpv6Address ?? null,
    dnsName: wire.vpcepDnsName ?? null,
    createdAt: timeOf(wire.created_at),
    updatedAt: timeOf(wire.update_at) ?? timeOf(wire.updated_at),
    domainId: wire.domain_id ?? null,
  }));

/** One VPC endpoint connected to a cluster, as CSS shows it. */
export type ClusterConnectionFacts = z.output<typeof ConnectionRow>;

const PermissionRow = z
  .object({ id: identity, permission: z.string(), created_at: time })
  .transform((wire) => ({ permissionId: wire.id, permission: wire.permission, createdAt: wire.created_at }));

/** One record of a cluster's whitelist. */
type ClusterPermissionFacts = z.output<typeof PermissionRow>;

/** Connections of a cluster, with all that every page of them carries. */
export interface ClusterEndpointAccess extends Page<ClusterConnectionFacts> {
  /** Whether the cluster's endpoint access is on. */
  access: boolean;
  /** `{region}.{name}.{service id}`; null in the oldest generation. */
  serviceName: string | null;
  /** The whole whitelist; null in the oldest generation, which does not tell it. */
  permissions: readonly ClusterPermissionFacts[] | null;
  updateSwitch: boolean | null;
}

const ConnectionPage = z.compile(
  z
    .object({
      connections: rows(ConnectionRow),
      vpcServiceName: text,
      permissions: z.array(PermissionRow).nullish(),
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

/** One page of the project's clusters, newest first. */
export const listClusters = (
  cloud: Cloud,
  project: Project,
  window: Window,
  filter: { datastoreType?: string | undefined } = {},
) =>
  cloud.get(css, project, '/v1.0/{project_id}/clusters', {
    query: { ...startLimit(window), ...filter },
    shape: ClusterPage,
  });

/** One cluster, with what only the detail tells. */
export const getCluster = (cloud: Cloud, project: Project, clusterId: string) =>
  cloud.get(css, project, '/v1.0/{project_id}/clusters/{cluster_id}', {
    params: { cluster_id: clusterId },
    shape: ClusterDetail,
  });

/** The position parameter changed from generation to generation (pages of 2024-06, 2025-06 and 2025-12). */
const POSITIONS = { offset: offsetLimit, start: startOnly, none: unpaged };

/** One page of a cluster's connections. A cluster without endpoint access has none. A fresh one joins no other read. */
export const listClusterConnections = async (
  cloud: Cloud,
  project: Project,
  clusterId: string,
  window: Window,
  fresh = false,
): Promise<ClusterEndpointAccess> => {
  try {
    return await cloud.get(
      css,
      project,
      '/v1.0/{project_id}/clusters/{cluster_id}/vpcepservice/connections',
      {
        params: { cluster_id: clusterId },
        query: POSITIONS[project.cssPosition ?? 'offset'](window),
        shape: ConnectionPage,
        fresh,
        answers: isAccessOff,
      },
    );
  } catch (error) {
    if (isAccessOff(error)) return ACCESS_OFF;
    throw error;
  }
};
