/** What leads to a row of a list that the upstream does not hand out whole: it says so, and never that the row is not there. */
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

const CLUSTER = 'cluster-1';
const SERVICE = 'service-1';
const domain = (at: number) => `d${at}`;
const endpoint = (at: number) => `endpoint-${at}`;
const created = (at: number) => `2026-01-01T00:00:${10 + at}Z`;
const five = [4, 3, 2, 1, 0];

/** Five rows in each list, the newest first; of each only the first two are handed out. */
const SERVED = { served: 2 };

const world = (lists: World['lists']): World => ({
  ...emptyWorld(),
  lists,
  clusters: [
    makeCluster({
      id: CLUSTER,
      connections: five.map((at) =>
        makeClusterConnection({ id: endpoint(at), created_at: created(at), status: 'pendingAcceptance' }),
      ),
    }),
  ],
  services: [
    makeService({
      id: SERVICE,
      created_at: created(9),
      connections: five.map((at) =>
        makeServiceConnection({ id: endpoint(at), created_at: created(at), domain_id: domain(at) }),
      ),
      permissions: five.map((at) =>
        makePermission({ id: `p${at}`, permission: `iam:domain::${domain(at)}`, created_at: created(at) }),
      ),
    }),
    ...five.map((at) => makeService({ id: `other-${at}`, created_at: created(at) })),
  ],
});

const room = async (lists: World['lists'] = {}) => gateway({ sandbox: { world: world(lists) } });

const TRUNCATED = { extensions: { code: 'RESULT_TRUNCATED' } };

test.each([
  { mutation: 'removePermissions', who: domain(0) },
  { mutation: 'removePermissions', who: domain(4) },
  { mutation: 'addPermissions', who: domain(0) },
])('$mutation is refused where the whitelist cannot be read whole: $who', async ({ mutation, who }) => {
  const { ask, sandbox } = await room({ servicePermissions: SERVED });
  const { data, errors } = await ask(
    `mutation { change: ${mutation}(input: { parent: { serviceId: "${SERVICE}" }, principals: ["${who}"] }) {
       added removed userErrors { code } } }`,
  );
  expect(data).toEqual({ change: null });
  expect(errors).toMatchObject([TRUNCATED]);
  expect(sandbox.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(sandbox.world.services[0]!.permissions).toHaveLength(5);
});

test('the record that admits a connection is told where it is reached, and else that it may not be', async () => {
  const { ask } = await room({ servicePermissions: SERVED });
  const { data, errors } = await ask(
    `{ endpointService(by: { id: "${SERVICE}" }) { connections { nodes { endpointId admittedBy { permission } } } } }`,
  );
  expect(data.endpointService.connections.nodes).toEqual(
    five.map((at) => ({
      endpointId: endpoint(at),
      admittedBy: at >= 3 ? { permission: `iam:domain::${domain(at)}` } : null,
    })),
  );
  expect(errors).toHaveLength(3);
  expect(errors).toMatchObject([TRUNCATED, TRUNCATED, TRUNCATED]);
});

test('a row that is not reached by its id may be there', async () => {
  const { ask, sandbox } = await room();
  const all = await ask(
    `{ cluster(clusterId: "${CLUSTER}") { connections { nodes { id } } }
       endpointService(by: { id: "${SERVICE}" }) { permissions { nodes { id } } } }`,
  );
  const ids = [all.data.cluster.connections, all.data.endpointService.permissions].flatMap(({ nodes }) => [
    nodes[0].id,
    nodes[4].id,
  ]);
  sandbox.world.lists = { clusterConnections: SERVED, servicePermissions: SERVED };
  const { data, errors } = await ask(`{ nodes(ids: ${JSON.stringify(ids)}) { id } }`);
  expect(data.nodes).toEqual([{ id: ids[0] }, null, { id: ids[2] }, null]);
  expect(errors).toMatchObject([TRUNCATED, TRUNCATED]);
});

test('connections that were decided on and cannot be read after it are no short list', async () => {
  const { ask, sandbox } = await room({ clusterConnections: SERVED });
  const accept = (...at: number[]) =>
    ask(
      `mutation { acceptConnections(input: { targets: [{ parent: { clusterId: "${CLUSTER}" },
         endpointIds: ${JSON.stringify(at.map(endpoint))} }] }) { userErrors { code } connections { endpointId } } }`,
    );
  const reached = await accept(4, 3);
  expect(reached.data.acceptConnections.connections).toHaveLength(2);
  const unread = await accept(2, 0);
  expect(unread.data.acceptConnections).toEqual({ userErrors: [], connections: null });
  expect(unread.errors).toMatchObject([TRUNCATED]);
  const waiting = sandbox.world.clusters[0]!.connections.filter(
    ({ status }) => status === 'pendingAcceptance',
  );
  expect(waiting.map(({ id }) => id)).toEqual([endpoint(1)]);
});

test('services that the list does not hand out are read by themselves', async () => {
  const { ask } = await room({ services: SERVED });
  const { data, errors } = await ask(
    `{ a: endpointService(by: { id: "other-4" }) { ownership activeConnectionCount }
       b: endpointService(by: { id: "other-0" }) { ownership activeConnectionCount }
       c: endpointService(by: { id: "other-1" }) { ownership activeConnectionCount } }`,
  );
  expect(errors).toBeUndefined();
  const own = { ownership: 'OWN', activeConnectionCount: 0 };
  expect(data).toEqual({ a: own, b: own, c: own });
});
