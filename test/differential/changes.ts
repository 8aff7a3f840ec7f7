import {
  createWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  type World,
} from '../../src/sandbox/world.ts';
import type { FaultRule, Sandbox } from '../../src/sandbox/server.ts';
import { switchOff, switchOn } from '../../src/sandbox/css/switch.ts';
import { detach, parseServiceId } from '../../src/sandbox/connections.ts';
import type { Random } from '../support/random.ts';

const ROWS = 7;

/** The cloud of the sandbox with shorter lists, so that many queries can be asked of it. */
export const smallWorld = (): World => {
  const world = createWorld();
  for (const { connections, permissions } of [...world.clusters, ...world.services]) {
    connections.splice(ROWS);
    permissions.splice(ROWS);
  }
  const rows = new Set([...world.clusters, ...world.services].flatMap(({ connections }) => connections));
  world.clusters = world.clusters.filter((_, at) => at < 4 || at > 6).slice(0, 6);
  world.services.splice(5);
  world.endpoints = world.endpoints.filter(({ connection }) => rows.has(connection)).slice(0, 12);
  return world;
};

type Change = (world: World, chance: Random) => void;

const STATUSES = ['accepted', 'rejected', 'pendingAcceptance', 'creating', 'failed', 'deleting', 'nonsense'];

const connectionIn = (world: World, chance: Random) => {
  const lists = [...world.clusters, ...world.services].filter(({ connections }) => connections.length > 0);
  return lists.length > 0 ? chance.one(chance.one(lists).connections) : undefined;
};

/** Makes another text each time. */
const word = (chance: Random): string => `n${chance.between(0, 99_999)}`;

/** What happens to a cloud between two questions. */
const CHANGES: readonly Change[] = [
  (world, chance) => {
    const row = connectionIn(world, chance);
    if (row) row.status = chance.one(STATUSES);
  },
  (world, chance) => {
    const row = connectionIn(world, chance);
    if (row) row.description = word(chance);
  },
  (world, chance) => {
    const row = connectionIn(world, chance);
    if (row) row.error = [{ error_code: word(chance), error_message: 'made up' }];
  },
  (world, chance) => {
    const cluster = chance.one(world.clusters);
    cluster.name = word(chance);
    cluster.updated = '2026-01-02T03:04:05';
  },
  (world, chance) => {
    chance.one(world.clusters).status = chance.one(['100', '200', '300', '303', '800', 'x']);
  },
  (world, chance) => {
    if (world.clusters.length > 3) world.clusters.splice(chance.between(0, world.clusters.length - 1), 1);
  },
  (world, chance) => {
    const id = `5c77b71c-0000-4f50-8984-${String(chance.between(0, 1e9)).padStart(12, '0')}`;
    world.clusters.unshift(makeCluster({ id, name: word(chance), created: '2026-01-01T00:00:00' }));
  },
  (world, chance) => {
    const { connections } = chance.one(world.clusters);
    const id = `0c77b71c-0000-4f50-8984-${String(chance.between(0, 1e9)).padStart(12, '0')}`;
    if (connections.length < ROWS) connections.unshift(makeClusterConnection({ id }));
  },
  (world, chance) => {
    const cluster = chance.one(world.clusters);
    const row = cluster.connections.at(-1);
    if (row) detach(world, parseServiceId(cluster.vpcServiceName ?? ''), row);
  },
  (world, chance) => {
    const { permissions } = chance.one([...world.clusters, ...world.services]);
    const id = word(chance);
    if (chance.happens(0.5)) permissions.pop();
    else permissions.push(makePermission({ id, permission: `iam:domain::${'0'.repeat(27)}${id}` }));
  },
  (world, chance) => {
    const cluster = chance.one(world.clusters);
    if (cluster.endpointAccess) switchOff(world, cluster);
    else switchOn(world, cluster, { dnsName: true, dualstack: false, specification: 'default' });
  },
  (world, chance) => {
    const service = chance.one(world.services);
    service.status = chance.one(['available', 'creating', 'failed', 'deleting', 'x']);
    service.approval_enabled = !service.approval_enabled;
  },
  (world, chance) => {
    if (world.services.length > 2) world.services.pop();
    else world.quotas.endpoint += chance.between(1, 9);
  },
  (world, chance) => {
    if (world.endpoints.length > 2) world.endpoints.splice(chance.between(0, world.endpoints.length - 1), 1);
  },
  (world, chance) => {
    const source = chance.one(world.dataConnections);
    source.name = word(chance);
    source.port = chance.one([null, 80, 65_535]);
  },
  (world, chance) => {
    chance.one(world.workspaces).name = word(chance);
    chance.one(world.instances).status = chance.between(1, 5);
  },
];

/** Calls that the cloud refuses for a while, as it does where a caller lacks a right, or gives answers of another shape to. */
const REFUSED: readonly FaultRule[] = [
  { path: /vpcepservice/, respond: { status: 403, body: { error_code: 'CSS.0010' } } },
  { path: /clusters\?/, respond: { status: 403, body: { errCode: 'CSS.0010' } } },
  { path: /clusters\/[^/?]+$/, respond: { status: 404, body: { errCode: 'CSS.0015' } } },
  { path: /vpc-endpoint-services/, respond: { status: 403, body: { error_code: 'EndPoint.0004' } } },
  { path: /vpc-endpoints/, respond: { status: 200, body: { endpoints: [{}], total_count: 1 } } },
  { path: /connections/, respond: { status: 200, body: { connections: 'none' } } },
];

/** Lets some things happen to a cloud. */
export const change = (sandbox: Pick<Sandbox, 'world' | 'fault' | 'clearFaults'>, chance: Random): void => {
  for (let left = chance.between(1, 4); left > 0; left -= 1) chance.one(CHANGES)(sandbox.world, chance);
  sandbox.clearFaults();
  if (chance.happens(0.4)) sandbox.fault(chance.one(REFUSED));
};
