import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
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

/** A cluster with access or without, and with an own service in front, or one of another account. */
const cluster = fc.record({ rows, access: fc.boolean(), ownService: fc.boolean() });

const world = fc.record({
  clusters: fc.array(cluster, { maxLength: 6 }),
  services: fc.array(rows, { maxLength: 5 }),
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
  for (const { rows: partial, access, ownService } of clusters) {
    const connections = partial.map((one) => makeClusterConnection(one));
    const service = makeService({ connections });
    if (ownService) built.services.push(service);
    built.clusters.push(
      makeCluster({
        endpointAccess: access,
        connections: access ? connections : [],
        vpcServiceName: access ? service.service_name : null,
      }),
    );
  }
  for (const partial of services)
    built.services.push(makeService({ connections: partial.map((one) => makeServiceConnection(one)) }));
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
