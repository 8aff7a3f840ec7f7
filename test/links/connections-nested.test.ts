import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
  makeServiceConnection,
  type World,
} from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';

const SEED = Number(process.env['FAST_CHECK_SEED'] ?? 20_261_130);

const STATUS = {
  ACCEPTED: 'accepted',
  FAILED: 'failed',
  PENDING_ACCEPTANCE: 'pendingAcceptance',
  REJECTED: 'rejected',
};
const ACCOUNTS = ['a1', 'b2', 'c3'];

const row = fc.record({
  status: fc.constantFrom(...Object.values(STATUS)),
  domain_id: fc.constantFrom(...ACCOUNTS),
  created_at: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'),
});
const rows = fc.array(row, { maxLength: 30 });
const whitelist = fc.uniqueArray(
  fc.constantFrom(
    '*',
    'organizations:orgPath::o-1/*',
    ...ACCOUNTS.map((account) => `iam:domain::${account}`),
  ),
  { maxLength: 3 },
);

/** A cluster with access or without, and with an own service in front, or one of another account. */
const cluster = fc.record({ rows, whitelist, access: fc.boolean(), ownService: fc.boolean() });

const world = fc.record({
  clusters: fc.array(cluster, { maxLength: 6 }),
  services: fc.array(fc.record({ rows, whitelist }), { maxLength: 5 }),
});

const filter = fc.record(
  {
    status: fc.uniqueArray(fc.constantFrom(...Object.keys(STATUS)), { maxLength: 3 }),
    domainId: fc.constantFrom(...ACCOUNTS),
  },
  { requiredKeys: [] },
);

const build = ({ clusters, services }: typeof world extends fc.Arbitrary<infer T> ? T : never): World => {
  const built = emptyWorld();
  for (const { rows: partial, whitelist: texts, access, ownService } of clusters) {
    const connections = partial.map((one) => makeClusterConnection(one));
    const permissions = texts.map((permission) => makePermission({ permission }));
    const service = makeService({ connections, permissions });
    if (ownService) built.services.push(service);
    built.clusters.push(
      makeCluster({
        endpointAccess: access,
        connections: access ? connections : [],
        permissions,
        vpcServiceName: access ? service.service_name : null,
      }),
    );
  }
  for (const { rows: partial, whitelist: texts } of services)
    built.services.push(
      makeService({
        connections: partial.map((one) => makeServiceConnection(one)),
        permissions: texts.map((permission) => makePermission({ permission })),
      }),
    );
  return built;
};

const NESTED = `query ($filter: ConnectionFilter) {
  clusters(first: 100) { nodes { connections(first: 100, filter: $filter) { nodes { endpointId status domainId } } } }
  endpointServices(first: 100) { nodes { connections(first: 100, filter: $filter) { nodes { endpointId status domainId } } } }
}`;
const ACROSS = `query ($filter: ConnectionFilter, $first: Int, $after: String, $orderBy: ConnectionOrder) {
  connections(filter: $filter, first: $first, after: $after, orderBy: $orderBy) {
    totalCount nodes { endpointId status domainId } unavailable { code } pageInfo { hasNextPage endCursor } } }`;

interface Row {
  endpointId: string;
}
interface Parent {
  connections: { nodes: Row[] };
}
const byId = (a: Row, b: Row) => (a.endpointId < b.endpointId ? -1 : 1);

test(
  `nested and across give the same connections, over random worlds (seed ${SEED})`,
  { retry: 0 },
  async () => {
    const shared = await gateway({ sandbox: { world: emptyWorld() }, settings: { MAX_COST: '1000000' } });
    await fc.assert(
      fc.asyncProperty(
        world,
        filter,
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (drawn, where, first, isOrdered) => {
          const { clusters, services } = build(drawn);
          Object.assign(shared.sandbox.world, { clusters, services });
          const nested = await shared.ask(NESTED, { filter: where });
          expect(nested.errors).toBeUndefined();
          const parents: Parent[] = [...nested.data.clusters.nodes, ...nested.data.endpointServices.nodes];
          const expected = new Map(
            parents.flatMap(({ connections }) => connections.nodes.map((one) => [one.endpointId, one])),
          );

          const orderBy = isOrdered ? { field: 'CREATED_AT', direction: 'ASC' } : null;
          const found: Row[] = [];
          for (let after: string | null = null; ;) {
            const { data, errors } = await shared.ask(ACROSS, { filter: where, first, after, orderBy });
            expect(errors).toBeUndefined();
            expect(data.connections).toMatchObject({ totalCount: expected.size, unavailable: [] });
            found.push(...data.connections.nodes);
            if (!data.connections.pageInfo.hasNextPage) break;
            after = data.connections.pageInfo.endCursor;
          }
          expect(found.toSorted(byId)).toEqual([...expected.values()].toSorted(byId));
        },
      ),
      { seed: SEED, numRuns: 25 },
    );
  },
);

const OF_PARENTS = `{
  clusters(first: 100) { nodes { clusterId endpointAccess endpointService { serviceId ownership }
    permissions(first: 100) { nodes { kind domainId } } connectionCounts { status count }
    connections(first: 100) { nodes { endpointId status } } } }
  endpointServices(first: 100) { nodes { serviceId domainId permissions(first: 100) { nodes { kind domainId } }
    connectionCounts { status count } connections(first: 100) { nodes { endpointId status } } } } }`;
const BY_ENDPOINT = `query ($ids: [ID!]!) { connectionsByEndpoint(endpointIds: $ids) { endpointId
  clusterConnection { cluster { clusterId } } serviceConnection { endpointService { serviceId } } unavailable { code } } }`;
const ACCESS = `query ($account: ID!) { accessFor(domainId: $account, first: 100) {
  nodes { cluster { clusterId } endpointService { serviceId } } unavailable { code } } }`;

interface FullParent {
  clusterId?: string;
  serviceId?: string;
  endpointAccess?: boolean;
  endpointService?: { serviceId: string } | null;
  domainId?: string;
  permissions: { nodes: { kind: string; domainId: string | null }[] };
  connectionCounts: { status: string; count: number }[];
  connections: { nodes: { endpointId: string; status: string }[] };
}

/** Whether a parent admits an account, or may. */
const admits = (
  { clusterId, endpointAccess, domainId, permissions: { nodes } }: FullParent,
  account: string,
): boolean =>
  clusterId === undefined
    ? domainId === account || nodes.some((one) => one.domainId === account || one.kind !== 'DOMAIN')
    : endpointAccess! &&
      (nodes.length === 0 || nodes.some((one) => one.domainId === account || one.kind !== 'DOMAIN'));

test(
  `nested and across give the same access, places of endpoints and counts, over random worlds (seed ${SEED})`,
  { retry: 0 },
  async () => {
    const shared = await gateway({ sandbox: { world: emptyWorld() }, settings: { MAX_COST: '1000000' } });
    await fc.assert(
      fc.asyncProperty(world, fc.constantFrom(...ACCOUNTS), async (drawn, account) => {
        const { clusters, services } = build(drawn);
        Object.assign(shared.sandbox.world, { clusters, services });
        const { data, errors } = await shared.ask(OF_PARENTS);
        expect(errors).toBeUndefined();
        const [inClusters, inServices]: FullParent[][] = [data.clusters.nodes, data.endpointServices.nodes];

        for (const { connections, connectionCounts } of [...inClusters!, ...inServices!]) {
          const byStatus = Map.groupBy(connections.nodes, ({ status }) => status);
          const counted = new Map(connectionCounts.map(({ status, count }) => [status, count]));
          expect(counted).toEqual(new Map([...byStatus].map(([status, all]) => [status, all.length])));
        }

        const ids = [...inClusters!, ...inServices!]
          .flatMap(({ connections }) => connections.nodes.map(({ endpointId }) => endpointId))
          .slice(0, 98);
        const has = (id: string) => (parent: FullParent) =>
          parent.connections.nodes.some(({ endpointId }) => endpointId === id);
        const places = await shared.ask(BY_ENDPOINT, { ids: [...ids, 'nowhere'] });
        expect(places.errors).toBeUndefined();
        expect(places.data.connectionsByEndpoint).toEqual(
          [...ids, 'nowhere'].map((endpointId) => {
            const found = inClusters!.find(has(endpointId));
            const service = inServices!.find(has(endpointId));
            return {
              endpointId,
              clusterConnection: found ? { cluster: { clusterId: found.clusterId } } : null,
              serviceConnection: service ? { endpointService: { serviceId: service.serviceId } } : null,
              unavailable: [],
            };
          }),
        );

        const inFront = new Set(inClusters!.map(({ endpointService }) => endpointService?.serviceId));
        const alone = inServices!.filter(({ serviceId }) => !inFront.has(serviceId));
        const admitting = [...inClusters!, ...alone].filter((parent) => admits(parent, account));
        const access = await shared.ask(ACCESS, { account });
        expect(access.errors).toBeUndefined();
        const found = access.data.accessFor.nodes.map(
          ({
            cluster: one,
            endpointService,
          }: {
            cluster: FullParent | null;
            endpointService: FullParent | null;
          }) => one?.clusterId ?? endpointService?.serviceId,
        );
        expect(found.toSorted()).toEqual(
          admitting.map(({ clusterId, serviceId }) => clusterId ?? serviceId!).toSorted(),
        );
      }),
      { seed: SEED, numRuns: 25 },
    );
  },
);
