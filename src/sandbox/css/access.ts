import { choice, flag, list, optional, readBody, shape, text, type Reader } from '../http/body.ts';
import { stamp, zoneless } from '../http/clock.ts';
import { decide, obstacleTo, parseServiceId } from '../connections.ts';
import { refuseParameter, refuseBody, cssRefusal, findCluster } from './errors.ts';
import { switchOff, switchOn } from './switch.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import { nextId } from '../data/ids.ts';
import type { Cluster, World } from '../model.ts';
import { makePermission } from '../data/rows.ts';

const camel = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Swaps the two spellings, so that the refused one arrives as an unknown property. */
const respelled = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [name.includes('_') ? camel(name) : snake(name), entry]),
      );

/** Reads a body whose properties the world spells in snake_case or camelCase; never both, never the other. */
const readSpelled = <Value>(call: Call, deps: Deps, reader: Reader<Value>): Value =>
  readBody(
    call,
    (value, at) => reader(deps.world.cssBodyCase === 'camel' ? respelled(value) : value, at),
    refuseBody,
  );

/** A cluster that can be changed now. */
const idleCluster = (call: Call, world: World): Cluster => {
  const cluster = findCluster(call, world);
  if (cluster.status === '200' && cluster.actions.length === 0) return cluster;
  // A failure under a 2xx status (CSS "Error Codes").
  throw cssRefusal(202, 'CSS.0011', 'Another operation is running on the cluster, or the cluster is faulty.');
};

const openCluster = (call: Call, world: World): Cluster => {
  const cluster = idleCluster(call, world);
  if (!cluster.endpointAccess) throw cssRefusal(400, 'CSS.5182', 'VPC endpoint access is not enabled.');
  return cluster;
};

const DECISION = shape({
  action: choice('receive', 'reject'),
  endpoint_id_list: list(text({ min: 1, max: 64 }), { min: 1 }),
});

const WISH = shape({
  endpoint_with_dns_name: optional(flag),
  profession_vpcep: optional(flag),
  dualstack_enable: optional(flag),
});

/** Bare account ids only: the prefix that reading returns is refused in writing. */
const WHITELIST = shape({ vpc_permissions: list(text({ min: 1, max: 64, pattern: /^(\*|[0-9a-z]{32})$/ })) });

const updateConnections = (call: Call, deps: Deps) => {
  const cluster = openCluster(call, deps.world);
  const { action, endpoint_id_list: ids } = readSpelled(call, deps, DECISION);
  const rows = ids.map((id) => {
    const row = cluster.connections.find((candidate) => candidate.id === id);
    if (row === undefined) throw cssRefusal(404, 'CSS.0022', `No endpoint ${id} at this cluster.`);
    const obstacle = obstacleTo(row, action);
    if (obstacle !== undefined) throw cssRefusal(400, 'CSS.5090', `Endpoint ${id} is ${obstacle}.`);
    return row;
  });
  for (const row of rows) decide(row, action, deps);
  return ok({});
};

/** Runs a change of the whole cluster: status 100 and an action until it settles. */
const run = (cluster: Cluster, action: string, deps: Deps, change: () => void): void => {
  cluster.status = '100';
  cluster.actions.push(action);
  cluster.actionProgress[action] = '0%';
  deps.later(() => {
    change();
    cluster.status = '200';
    cluster.actions.splice(0);
    cluster.actionProgress = {};
    cluster.updated = zoneless();
  });
};

const open = (call: Call, deps: Deps) => {
  const cluster = idleCluster(call, deps.world);
  const wish = readSpelled(call, deps, WISH);
  if (wish.dualstack_enable === true && wish.profession_vpcep !== true)
    throw refuseParameter('dualstack_enable', 'dualstack_enable needs profession_vpcep');
  if (!cluster.supportVpcep)
    throw cssRefusal(400, 'CSS.5140', 'The cluster cannot have VPC endpoint access.');
  if (cluster.endpointAccess) throw cssRefusal(400, 'CSS.5090', 'VPC endpoint access is already enabled.');
  run(cluster, 'OPENING_VPCEP', deps, () =>
    switchOn(deps.world, cluster, {
      dnsName: wish.endpoint_with_dns_name === true,
      dualstack: wish.dualstack_enable === true,
      specification: wish.profession_vpcep === true ? 'profession' : 'default',
    }),
  );
  return ok({ action: 'createVpcepservice' });
};

const close = (call: Call, deps: Deps) => {
  const cluster = openCluster(call, deps.world);
  if (call.body !== '') throw refuseParameter('body', 'the operation takes no body');
  run(cluster, 'CLOSING_VPCEP', deps, () => switchOff(deps.world, cluster));
  return ok({ action: 'deleteVpcepservice' });
};

const replaceWhitelist = (call: Call, deps: Deps) => {
  const cluster = openCluster(call, deps.world);
  const { vpc_permissions: entries } = readSpelled(call, deps, WHITELIST);
  // An empty list, like an asterisk, opens the cluster to every account (CSS user guide).
  const texts =
    entries.length === 0 ? ['*'] : entries.map((entry) => (entry === '*' ? '*' : `iam:domain::${entry}`));
  const records = [...new Set(texts)].map(
    (permission) =>
      cluster.permissions.find((record) => record.permission === permission) ??
      makePermission({ id: nextId(deps.world, 'permission'), permission, created_at: stamp() }),
  );
  // In place, because the endpoint service behind the cluster holds the same list.
  cluster.permissions.splice(0, Infinity, ...records);
  const visible = deps.world.visibleServices.find(
    ({ id }) => cluster.vpcServiceName !== null && id === parseServiceId(cluster.vpcServiceName),
  );
  if (visible !== undefined) visible.admits = records.map((record) => record.permission);
  return ok();
};

/** The four writes of a cluster's endpoint access. */
export const access = { updateConnections, open, close, replaceWhitelist };
