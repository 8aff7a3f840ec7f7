import { ok, pathId, type Call, type Deps, type Route } from '../http/exchange.ts';
import { SANDBOX } from '../credentials.ts';
import { refuseParameter, insightRefusal, findWorkspace } from './errors.ts';
import { formatConnectedInstance, verifyAndCreate } from './verify.ts';
import { servePage, type Served } from '../http/lists.ts';
import type { DataConnection, InsightInstance, ListName, Workspace, World } from '../model.ts';
import { readQuery, type Query } from '../http/query.ts';

const WHOLE = { offset: 0, limit: Infinity };

/** Reads limit and offset. Whether the offset counts items or pages is a setting, as references disagree. */
const readWindow = (query: Query, deps: Deps) => {
  const limit = query.integer('limit', { min: 1, max: 1000, fallback: 10 });
  const offset = query.integer('offset', { min: 0, max: 1000, fallback: 0 });
  const from = deps.world.insightOffsetUnit === 'pages' ? offset * limit : offset;
  return <Row>(name: ListName, matching: readonly Row[], all = false): Served<Row> =>
    servePage(deps.world, name, matching, all ? WHOLE : { offset: from, limit });
};

const SORT_KEYS = ['name', 'creation_date', 'update_date'] as const;

const sorted = (rows: readonly DataConnection[], query: Query): DataConnection[] => {
  const key = query.choice('sort_key', SORT_KEYS) ?? 'name';
  const descending = query.choice('sort_dir', ['asc', 'desc', 'ASC', 'DESC'])?.toLowerCase() === 'desc';
  const ascending = rows.toSorted((a, b) => Number(a[key] > b[key]) - Number(a[key] < b[key]));
  return descending ? ascending.toReversed() : ascending;
};

const formatDataConnection = (world: World, { work_space_id, ...row }: DataConnection) => {
  const instance = world.connectedInstances.find(({ id }) => id === row.vpc_connection_id);
  return {
    ...row,
    test_url: row.url,
    server_list: null,
    source_instance_id: null,
    project_id: SANDBOX.projectId,
    domain_id: SANDBOX.domainId,
    region_id: SANDBOX.region,
    work_space_id,
    extra: null,
    mode: null,
    vpc_connection: instance === undefined ? null : formatConnectedInstance(world, instance),
  };
};

const contains = (text: string, part: string | undefined): boolean =>
  part === undefined || text.toLowerCase().includes(part.toLowerCase());

const listDataConnections = (call: Call, deps: Deps) => {
  const workspace = findWorkspace(call, deps.world);
  const query = readQuery(call.query, refuseParameter);
  const window = readWindow(query, deps);
  const all = query.choice('all', ['true', 'false']) === 'true';
  const name = query.text('name', 512);
  const type = query.text('type', 64)?.toLowerCase();
  const matching = deps.world.dataConnections.filter(
    (row) =>
      row.work_space_id === workspace.id &&
      contains(row.name, name) &&
      (type === undefined || row.type.toLowerCase() === type),
  );
  const { rows, total } = window('dataConnections', sorted(matching, query), all);
  return ok({ count: total, page_data: rows.map((row) => formatDataConnection(deps.world, row)) });
};

const getDataConnection = (call: Call, deps: Deps) => {
  const workspace = findWorkspace(call, deps.world);
  const id = pathId(call, 'connection_id', refuseParameter, 100);
  const row = deps.world.dataConnections.find((one) => one.id === id && one.work_space_id === workspace.id);
  if (row === undefined) throw insightRefusal(404, '24010003', 'Resource not found.');
  return ok(formatDataConnection(deps.world, row));
};

const formatInstance = (instance: InsightInstance) => ({
  ...instance,
  project_id: SANDBOX.projectId,
  region_id: SANDBOX.region,
  domain_id: SANDBOX.domainId,
});

const listInstances = (call: Call, deps: Deps) => {
  findWorkspace(call, deps.world);
  const query = readQuery(call.query, refuseParameter);
  const window = readWindow(query, deps);
  query.text('sort_key', 100);
  const descending = query.choice('sort_dir', ['asc', 'desc']) === 'desc';
  const all = descending ? deps.world.instances.toReversed() : deps.world.instances;
  const { rows, total } = window('insightInstances', all);
  return ok({ count: total, page_data: rows.map(formatInstance) });
};

const formatWorkspace = (workspace: Workspace) => ({
  ...workspace,
  project_id: SANDBOX.projectId,
  domain_id: SANDBOX.domainId,
  eps_id: null,
  create_user: SANDBOX.domainId,
  update_user: SANDBOX.domainId,
  configs: null,
});

/** The only operation without X-Workspace-Id: clients use it to find that id. */
const listWorkspaces = (call: Call, deps: Deps) => {
  const instanceId = pathId(call, 'instance_id', refuseParameter, 128);
  const query = readQuery(call.query, refuseParameter);
  const window = readWindow(query, deps);
  const name = query.text('name', 100);
  if (!deps.world.instances.some((instance) => instance.instance_id === instanceId))
    throw insightRefusal(404, '24010003', 'Resource not found.');
  const matching = deps.world.workspaces.filter(
    (row) => row.instance_id === instanceId && contains(row.name, name),
  );
  const { rows, total } = window('workspaces', matching);
  return ok({ count: total, page_data: rows.map(formatWorkspace) });
};

const CONNECTIONS = '/v1/{project_id}/connections';
const INSTANCES = '/v1/{project_id}/instances';

/** The operations of DataArts Insight. */
export const routes: readonly Route[] = [
  { method: 'POST', path: `${CONNECTIONS}/vpc-endpoint`, handle: verifyAndCreate, huaweiOnly: true },
  { method: 'GET', path: CONNECTIONS, handle: listDataConnections, huaweiOnly: true },
  { method: 'GET', path: `${CONNECTIONS}/{connection_id}`, handle: getDataConnection, huaweiOnly: true },
  { method: 'GET', path: INSTANCES, handle: listInstances, huaweiOnly: true },
  {
    method: 'GET',
    path: `${INSTANCES}/{instance_id}/workspaces`,
    handle: listWorkspaces,
    huaweiOnly: true,
  },
] satisfies Route[];
