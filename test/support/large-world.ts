import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  type World,
} from '../../src/sandbox/world.ts';
import { makeHexId, makeUuid } from '../../src/sandbox/data/ids.ts';

export const LARGE = { clusters: 200, services: 300, connections: 20_000 };

const ACCOUNTS = Array.from({ length: 40 }, (_none, index) => makeHexId(`account ${index}`));

/** Of a hundred connections: 80 accepted, 10 waiting, 7 rejected, 3 failed. */
const statusAt = (percent: number): string => {
  if (percent < 80) return 'accepted';
  if (percent < 90) return 'pendingAcceptance';
  return percent < 97 ? 'rejected' : 'failed';
};

const makeConnections = (name: string, at: number, count: number) =>
  Array.from({ length: count }, (_none, index) =>
    makeClusterConnection({
      id: makeUuid(`${name} ${index}`),
      // In one of three places nothing waits; the others differ in how much does.
      status: at % 3 === 0 ? 'accepted' : statusAt((index * 37 + at * 11) % 100),
      domain_id: ACCOUNTS[(index * 7 + at) % ACCOUNTS.length]!,
      vpcepIp: `10.${index % 200}.${at % 256}.${2 + (index % 250)}`,
      created_at: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString().replace('.000', ''),
    }),
  );

const makeWhitelist = (name: string, at: number) =>
  at % 25 === 0
    ? []
    : ACCOUNTS.slice(at % 30, (at % 30) + 6).map((account) =>
        makePermission({ id: makeUuid(`${name} ${account}`), permission: `iam:domain::${account}` }),
      );

/** A world of 200 clusters, half of them behind a service of the project, 300 such services in all, and 20,000 connections. */
export const createLargeWorld = (): World => {
  const world = emptyWorld();
  for (let at = 0; at < LARGE.clusters; at += 1) {
    const name = `search-${at}`;
    const connections = makeConnections(name, at, 60);
    const permissions = makeWhitelist(name, at);
    const behind =
      at % 2 === 0 ? makeService({ id: makeUuid(`service ${at}`), connections, permissions }) : null;
    if (behind) world.services.push(behind);
    world.clusters.push(
      makeCluster({
        id: makeUuid(name),
        name,
        connections,
        permissions,
        ...(behind && { vpcServiceName: behind.service_name }),
      }),
    );
  }
  while (world.services.length < LARGE.services) {
    const at = world.services.length;
    const id = makeUuid(`service alone ${at}`);
    world.services.push(
      makeService({
        id,
        service_name: `cn-north-4.api-${at}.${id}`,
        connections: makeConnections(`api-${at}`, at, 40),
        permissions: makeWhitelist(`api-${at}`, at + 1),
      }),
    );
  }
  return world;
};
