/** The cloud of the benchmark: the same rows in every process, made from their numbers alone. */
import { hash } from 'node:crypto';

export const PROJECT = 'p';
export const CLUSTERS = 200;
/** Of each cluster. */
export const CONNECTIONS = 2000;
const PERMISSIONS = 3;
const CREATED = Date.UTC(2024, 0, 1);
const STATUSES = ['accepted', 'accepted', 'rejected', 'accepted'] as const;

/** Rows `from` to `to`, without `to`. */
export const rows = <Row>(from: number, to: number, row: (number: number) => Row): Row[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => row(from + i));

const digits = (...name: (string | number)[]): string => hash('md5', name.join('/'), 'hex');

const idOf = (...name: (string | number)[]): string =>
  digits(...name).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const secondsOn = (seconds: number): string =>
  new Date(CREATED + seconds * 1000).toISOString().replace('.000', '');

const domainOf = (number: number): string => digits('domain', number % 9);

export const clusterId = (cluster: number): string => idOf('cluster', cluster);
const serviceId = (cluster: number): string => idOf('service', cluster);
const serviceName = (cluster: number): string => `cn-north-4.search-${cluster}.${serviceId(cluster)}`;

const instance = (cluster: number, number: number) => ({
  id: idOf('instance', cluster, number),
  name: `search-${cluster}-node-${number}`,
  type: 'ess',
  status: '200',
  specCode: 'ess.spec-4u8g',
  azCode: `cn-north-4${'abc'[number]}`,
});

/** A cluster as CSS shows it in its list and alone. */
export const cluster = (number: number) => ({
  id: clusterId(number),
  name: `search-${number}`,
  status: '200',
  datastore: { type: 'elasticsearch', version: '7.10.2' },
  instances: rows(0, 3, (i) => instance(number, i)),
  created: secondsOn(number),
  updated: secondsOn(number + 3600),
  endpoint: `10.20.0.${number}:9200`,
  vpcId: idOf('vpc', number % 4),
  subnetId: idOf('subnet', number % 4),
  securityGroupId: idOf('group', number % 4),
  httpsEnable: true,
  authorityEnable: true,
  diskEncrypted: false,
  backupAvailable: true,
  enterpriseProjectId: '0',
});

const connection = (of: number, number: number) => ({
  id: idOf('connection', of, number),
  status: STATUSES[number % STATUSES.length],
  maxSession: '3000',
  specificationName: 'default',
  vpcepIp: `172.16.${number >> 8}.${number & 255}`,
  vpcepIpv6Address: number % 4 === 0 ? `2001:db8::${number.toString(16)}` : null,
  vpcepDnsName: `vpcep-${number}.search-${of}.example`,
  created_at: secondsOn(number * 60),
  update_at: number % 2 === 0 ? null : secondsOn(number * 60 + 30),
  domain_id: domainOf(number),
});

const permission = (of: number, number: number) => ({
  id: idOf('permission', of, number),
  permission: `iam:domain::${domainOf(number)}`,
  permission_type: 'domainId',
  created_at: secondsOn(number),
});

/** A page of a cluster's connections, with what every such page carries. */
export const connectionPage = (of: number, offset: number, limit: number) => ({
  connections: rows(offset, Math.min(CONNECTIONS, offset + limit), (number) => connection(of, number)),
  vpcepUpdateSwitch: false,
  total_count: CONNECTIONS,
  vpcServiceName: serviceName(of),
  permissions: rows(0, PERMISSIONS, (number) => permission(of, number)),
});

/** The endpoint service of a cluster, as VPCEP shows it. */
export const service = (of: number) => ({
  id: serviceId(of),
  port_id: idOf('port', of),
  vpc_id: idOf('vpc', of % 4),
  pool_id: idOf('pool', of),
  status: 'available',
  approval_enabled: of % 2 === 1,
  service_name: serviceName(of),
  service_type: 'interface',
  server_type: 'LB',
  project_id: PROJECT,
  created_at: secondsOn(of),
  updated_at: secondsOn(of + 60),
  connection_count: CONNECTIONS,
  ports: [{ client_port: 9200, server_port: 9200, protocol: 'TCP' }],
  tcp_proxy: 'close',
  tags: [],
});
