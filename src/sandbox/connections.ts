import { stamp } from './http/clock.ts';
import type { Room } from './http/exchange.ts';
import type { ConnectionRow, Service, VisibleService, World } from './model.ts';

/** The id in a service name: `{region}.{id}` or `{region}.{name}.{id}`. */
export const serviceIdOf = (serviceName: string): string => serviceName.split('.').at(-1) ?? '';

/** The endpoint service with this id, the project's own or one that is merely visible. */
export const findService = (world: World, id: string): Service | VisibleService | undefined =>
  world.services.find((service) => service.id === id) ??
  world.visibleServices.find((service) => service.id === id);

/** Every list that shows the connections of this service: its own, and that of the cluster behind it. */
export const connectionListsOf = (world: World, serviceId: string): ConnectionRow[][] => {
  const lists = new Set<ConnectionRow[]>();
  for (const service of world.services) if (service.id === serviceId) lists.add(service.connections);
  for (const cluster of world.clusters)
    if (cluster.vpcServiceName !== null && serviceIdOf(cluster.vpcServiceName) === serviceId)
      lists.add(cluster.connections);
  return [...lists];
};

/** Shows a new connection wherever the service's connections are listed. */
export const attach = (world: World, serviceId: string, row: ConnectionRow): void => {
  for (const rows of connectionListsOf(world, serviceId)) rows.unshift(row);
};

/** Takes a connection off every list. */
export const detach = (world: World, serviceId: string, row: ConnectionRow): void => {
  for (const rows of connectionListsOf(world, serviceId)) {
    const at = rows.indexOf(row);
    if (at >= 0) rows.splice(at, 1);
  }
};

/** Lets a connection pass through `creating` and end in a status; a new one shows only when the lag is over. */
export const settleInto = (row: ConnectionRow, status: string, room: Room, isNew = false): void => {
  room.lag.hide(row, isNew ? null : { status: row.status, updated_at: row.updated_at });
  row.status = 'creating';
  row.settlesTo = status;
  row.updated_at = stamp();
  room.later(() => {
    if (row.settlesTo !== status) return;
    row.status = status;
    row.updated_at = stamp();
    delete row.settlesTo;
  });
};

/** What the owner of a service can answer to an endpoint. */
export type Decision = 'receive' | 'reject';

const outcomeOf = (decision: Decision): string => (decision === 'receive' ? 'accepted' : 'rejected');

const isDecided = (row: ConnectionRow, decision: Decision): boolean =>
  (row.settlesTo ?? row.status) === outcomeOf(decision);

/** The state that keeps the owner from deciding, if any; the same decision twice is no obstacle. */
export const obstacleTo = (row: ConnectionRow, decision: Decision): string | undefined => {
  if (isDecided(row, decision)) return undefined;
  return ['creating', 'deleting', 'failed'].find((state) => state === row.status);
};

/** Accepts or rejects an endpoint. */
export const decide = (row: ConnectionRow, decision: Decision, room: Room): void => {
  if (!isDecided(row, decision)) settleInto(row, outcomeOf(decision), room);
};
