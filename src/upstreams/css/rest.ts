import { z } from 'zod';
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import { count, enumReader, flag, identity, list, rows, text, time } from '../../http/wire-values.ts';
import { type Page, startLimit, type Window } from '../../paging/window.ts';
import { css } from './service.ts';

/** Pages of up to 1,000 rows, from positions up to 999 (page of the operation). */
export const clusterListLimits = { pageSize: 1000, lastOffset: 999 };

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

const instanceRow = z
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

const progressOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

/** The properties that list and detail have in common. */
const commonProperties = {
  id: identity,
  name: z.string(),
  status: z.string(),
  desc: text,
  datastore: z
    .object({ type: text, version: text, supportSecuritymode: flag, subVersion: text, isEosCluster: flag })
    .nullish(),
  instances: list(instanceRow),
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
};

const commonWire = z.object(commonProperties);

const parseRow = (wire: z.output<typeof commonWire>) => {
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
    failures: failed ? [{ code: failed.errorCode, message: failed.errorMsg }] : [],
    createdAt: wire.created,
    updatedAt: wire.updated,
  };
};

const clusterRow = commonWire.transform(parseRow);

/** A cluster as the list shows it. */
export type ClusterRow = z.output<typeof clusterRow>;

const clusterDetail = z
  .object({ ...commonProperties, vpcepIp: text, vpcepIpv6Address: text, supportVpcep: flag })
  .transform((wire) => ({
    ...parseRow(wire),
    endpointIpv4: wire.vpcepIp,
    endpointIpv6: wire.vpcepIpv6Address,
    endpointAccessSupported: wire.supportVpcep,
  }));

/** A cluster as its detail shows it: the row, and what the list leaves out. */
export type ClusterDetail = z.output<typeof clusterDetail>;

const ClusterAnswer = z.compile(clusterDetail);

const ClusterPage = z.compile(
  z
    .object({ clusters: rows(clusterRow), totalSize: count })
    .transform((body): Page<ClusterRow> => ({ items: body.clusters, total: body.totalSize })),
);

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

/** The detail of one cluster. */
export const getCluster = (cloud: Cloud, project: Project, clusterId: string) =>
  cloud.get(css, project, '/v1.0/{project_id}/clusters/{cluster_id}', {
    params: { cluster_id: clusterId },
    shape: ClusterAnswer,
  });
