import { access } from './access.ts';
import { refuseParameter, cssRefusal, findCluster } from './errors.ts';
import { ok, type Call, type Deps, type Route } from '../http/exchange.ts';
import { servePage } from '../http/lists.ts';
import type { Cluster, ConnectionRow, Permission } from '../model.ts';
import { readQuery, type Query } from '../http/query.ts';

const ENGINES = ['elasticsearch', 'logstash', 'opensearch'] as const;

/** A cluster as "Querying the Cluster List" sends it. */
const formatRow = (cluster: Cluster) => ({
  id: cluster.id,
  name: cluster.name,
  ...(cluster.desc === undefined ? {} : { desc: cluster.desc }),
  status: cluster.status,
  created: cluster.created,
  updated: cluster.updated,
  datastore: cluster.datastore,
  instances: cluster.instances,
  endpoint: cluster.endpoint,
  publicIp: cluster.publicIp,
  publicKibanaResp: cluster.publicKibanaResp,
  elbWhiteList: cluster.elbWhiteList,
  vpcId: cluster.vpcId,
  subnetId: cluster.subnetId,
  securityGroupId: cluster.securityGroupId,
  bandwidthSize: cluster.bandwidthSize,
  httpsEnable: cluster.httpsEnable,
  authorityEnable: cluster.authorityEnable,
  diskEncrypted: cluster.diskEncrypted,
  backupAvailable: cluster.backupAvailable,
  actionProgress: cluster.actionProgress,
  actions: cluster.actions,
  enterpriseProjectId: cluster.enterpriseProjectId,
  tags: cluster.tags,
  ...(cluster.failedReason === undefined ? {} : { failedReason: cluster.failedReason }),
  period: cluster.period,
});

const formatDetail = (cluster: Cluster) => ({
  ...formatRow(cluster),
  vpcepIp: cluster.vpcepIp,
  vpcepIpv6Address: cluster.vpcepIpv6Address,
  supportVpcep: cluster.supportVpcep,
  orderId: cluster.orderId,
  snapshotPolicy: cluster.snapshotPolicy,
});

const findCeiling = (deps: Deps): number => (deps.strictCeiling ? 1000 : Infinity);

const readLimit = (query: Query): number => query.integer('limit', { min: 1, max: 1000, fallback: 10 });

/** `start` was renamed to `offset` during 2025; both count from 1 here. */
const clusterPosition = (query: Query, deps: Deps): number => {
  const range = { min: 1, max: findCeiling(deps), fallback: 1 };
  const [start, offset] = [query.integer('start', range), query.integer('offset', range)];
  if (query.has('start') && query.has('offset') && start !== offset)
    throw refuseParameter('offset', 'start and offset name different positions');
  return query.has('start') ? start : offset;
};

const newestFirst = (a: Cluster, b: Cluster): number =>
  Number(a.created < b.created) - Number(a.created > b.created);

const listClusters = (call: Call, deps: Deps) => {
  const query = readQuery(call.query, refuseParameter);
  const position = clusterPosition(query, deps);
  const limit = readLimit(query);
  const engine = query.choice('datastoreType', ENGINES);
  const clusters = deps.world.clusters
    .filter((cluster) => engine === undefined || cluster.datastore.type === engine)
    .toSorted(newestFirst);
  const window = { offset: position - 1, limit };
  const { rows, total } = servePage(deps.world, 'clusters', clusters, window);
  return ok({ totalSize: total, clusters: rows.map(formatRow) });
};

const getCluster = (call: Call, deps: Deps) => ok(formatDetail(findCluster(call, deps.world)));

const oldestRow = (row: ConnectionRow) => ({
  id: row.id,
  status: row.status,
  maxSession: row.maxSession,
  specificationName: row.specificationName,
  created_at: row.created_at,
  update_at: null,
  domain_id: row.domain_id,
});

const middleRow = (row: ConnectionRow) => ({
  id: row.id,
  status: row.status,
  maxSession: row.maxSession,
  specificationName: row.specificationName,
  created_at: row.created_at,
  ...(row.updated_at === null ? {} : { update_at: row.updated_at }),
  domain_id: row.domain_id,
});

const currentRow = (row: ConnectionRow) => ({
  ...middleRow(row),
  ...(row.vpcepIp === null ? {} : { vpcepIp: row.vpcepIp }),
  ...(row.vpcepIpv6Address === undefined ? {} : { vpcepIpv6Address: row.vpcepIpv6Address }),
  ...(row.vpcepDnsName === undefined ? {} : { vpcepDnsName: row.vpcepDnsName }),
});

const formatPermission = ({ id, permission, permission_type, created_at }: Permission) => ({
  id,
  permission,
  permission_type,
  created_at,
});

const skipped = (query: Query, cluster: Cluster, deps: Deps): number =>
  cluster.paging === 'start'
    ? query.integer('start', { min: 1, max: findCeiling(deps) + 1, fallback: 1 }) - 1
    : query.integer('offset', { min: 0, max: findCeiling(deps), fallback: 0 });

/** The oldest generation has no paging: it always sends the whole list. */
const oldestPage = (cluster: Cluster, connections: readonly ConnectionRow[]) => ({
  connections: connections.map(oldestRow),
  vpcepUpdateSwitch: String(cluster.vpcepUpdateSwitch),
  total_count: connections.length,
});

const connectionPage = (query: Query, cluster: Cluster, deps: Deps) => {
  const limit = readLimit(query);
  const window = { offset: skipped(query, cluster, deps), limit };
  const { rows, total } = servePage(
    deps.world,
    'clusterConnections',
    deps.lag.shown(cluster.connections),
    window,
  );
  return {
    connections: rows.map(cluster.generation === 'middle' ? middleRow : currentRow),
    vpcepUpdateSwitch: cluster.vpcepUpdateSwitch,
    total_count: total,
    vpcServiceName: cluster.vpcServiceName,
    permissions: cluster.permissions.map(formatPermission),
  };
};

const listClusterConnections = (call: Call, deps: Deps) => {
  const cluster = findCluster(call, deps.world);
  if (!cluster.endpointAccess) throw cssRefusal(400, 'CSS.5182', 'VPC endpoint access is not enabled.');
  if (cluster.generation === 'oldest') return ok(oldestPage(cluster, deps.lag.shown(cluster.connections)));
  return ok(connectionPage(readQuery(call.query, refuseParameter), cluster, deps));
};

const CLUSTERS = '/v1.0/{project_id}/clusters';
const ACCESS = `${CLUSTERS}/{cluster_id}/vpcepservice`;

/** The operations of Cloud Search Service. */
export const routes: readonly Route[] = [
  { method: 'GET', path: CLUSTERS, handle: listClusters },
  { method: 'GET', path: `${CLUSTERS}/{cluster_id}`, handle: getCluster },
  { method: 'GET', path: `${ACCESS}/connections`, handle: listClusterConnections },
  { method: 'POST', path: `${ACCESS}/connections`, handle: access.updateConnections },
  { method: 'POST', path: `${ACCESS}/open`, handle: access.open },
  { method: 'PUT', path: `${ACCESS}/close`, handle: access.close },
  { method: 'POST', path: `${ACCESS}/permissions`, handle: access.replaceWhitelist },
] satisfies Route[];
