import { stamp } from './http/clock.ts';
import type { Deps } from './http/exchange.ts';
import type { ConnectionRow, Service, VisibleService, World } from './model.ts';

/** The id in a service name: `{region}.{id}` or `{region}.{name}.{id}`. */
export const parseServiceId = (serviceName: string): string => serviceName.split('.').at(-1) ?? '';

/** The endpoint service with this id, the project's own or one that is only visible. */
export const findService = (world: World, id: string): Service | VisibleService | undefined =>
  world.services.find((service) => service.id === id) ??
  world.visibleServices.find((service) => service.id === id);

/** Every list that shows the connections of this service: its own, and that of the cluster behind it. */
export const findConnectionLists = (world: World, serviceId: string): ConnectionRow[][] => {
  const lists = new Set<ConnectionRow[]>();
  for (const service of world.services) if (service.id === serviceId) lists.add(service.connections);
  for (const cluster of world.clusters)
    if (cluster.vpcServiceName !== null && parseServiceId(cluster.vpcServiceName) === serviceId)
      lists.add(cluster.connections);
  return [...lists];
};

/** Shows a new connection wherever the service's connections are listed. */
export const attach = (world: World, serviceId: string, row: ConnectionRow): void => {
  for (const rows of findConnectionLists(world, serviceId)) rows.unshift(row);
};

/** Removes a connection from every list. */
export const detach = (world: World, serviceId: string, row: ConnectionRow): void => {
  for (const rows of findConnectionLists(world, serviceId)) {
    const at = rows.indexOf(row);
    if (at >= 0) rows.splice(at, 1);
  }
};

/** Lets a connection pass through `creating` and end in a status; a new one shows only when the lag is over. */
export const settleInto = (row: ConnectionRow, status: string, deps: Deps, isNew = false): void => {
  deps.lag.hide(row, isNew ? null : { status: row.status, updated_at: row.updated_at });
  row.status = 'creating';
  row.settlesTo = status;
  row.updated_at = stamp();
  deps.later(() => {
    if (row.settlesTo !== status) return;
    row.status = status;
    row.updated_at = stamp();
    delete row.settlesTo;
  });
};

/** Decision of a service's owner about an endpoint. */
export type Decision = 'receive' | 'reject';

const statusAfter = (decision: Decision): string => (decision === 'receive' ? 'accepted' : 'rejected');

const isDecided = (row: ConnectionRow, decision: Decision): boolean =>
  (row.settlesTo ?? row.status) === statusAfter(decision);

/** The state in which the owner cannot decide, if it is in one; repeating a decision is allowed. */
export const obstacleTo = (row: ConnectionRow, decision: Decision): string | undefined => {
  if (isDecided(row, decision)) return undefined;
  return ['creating', 'deleting', 'failed'].find((state) => state === row.status);
};

/** Accepts or rejects an endpoint. */
export const decide = (row: ConnectionRow, decision: Decision, deps: Deps): void => {
  if (!isDecided(row, decision)) settleInto(row, statusAfter(decision), deps);
};
