import { expect, test } from 'vitest';
import {
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  makePermission,
  makeService,
} from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';
import { countCalls } from '../support/count-calls.ts';

const ORDERS = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';
const ARCHIVE = '5c77b71c-5b35-4f50-8984-76387e42451a';
const LEGACY = 'cbf94ca2-08f4-40ec-8e8c-6c0d6b1b5fe9';

const SIDES = `endpointId status markerId description failures { code message } ipv4 specification
  endpointService { serviceId ownership } cluster { name } admittedBy { permission }`;

test('a connection reads the same through its cluster and through its service, but for what only one side may know', async () => {
  const { ask } = await gateway();
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${ORDERS}") { connections(first: 50) { nodes { ${SIDES} } }
       endpointService { connections(first: 50) { nodes { ${SIDES} } } } } }`,
  );
  expect(errors).toBeUndefined();
  const ofCluster = data.cluster.connections.nodes.toSorted(
    (a: { endpointId: string }, b: { endpointId: string }) => a.endpointId.localeCompare(b.endpointId),
  );
  const ofService = data.cluster.endpointService.connections.nodes.toSorted(
    (a: { endpointId: string }, b: { endpointId: string }) => a.endpointId.localeCompare(b.endpointId),
  );
  const shared = ({
    endpointId,
    status,
    markerId,
    description,
    failures,
    endpointService,
    admittedBy,
  }: Record<string, unknown>) => ({
    endpointId,
    status,
    markerId,
    description,
    failures,
    endpointService,
    admittedBy,
  });
  expect(ofCluster).toHaveLength(12);
  expect(ofCluster.map(shared)).toEqual(ofService.map(shared));
  expect(ofCluster.every(({ cluster }: { cluster: object }) => cluster)).toBe(true);
  expect(ofService.every(({ cluster }: { cluster: object }) => cluster === null)).toBe(true);
});

test('what only the service knows is null without an error where the service belongs to another account', async () => {
  const { ask, calls } = await gateway();
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${ARCHIVE}") { connections { nodes { markerId description failures { code } ipv4 } }
       endpointService { ownership name status approvalRequired connections { totalCount } permissions { totalCount } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.cluster.connections.nodes[0]).toEqual({
    // The endpoint is the caller's own, and has it too.
    markerId: '322312312312',
    description: null,
    failures: null,
    ipv4: '192.168.0.122',
  });
  expect(data.cluster.endpointService).toEqual({
    ownership: 'VISIBLE',
    name: 'cn-north-4.css-op-no-delete.cf072729-b076-49db-83d3-020dc9f589bd',
    status: null,
    approvalRequired: null,
    connections: null,
    permissions: null,
  });
  expect(countCalls(calls())).toEqual({
    'GET /clusters/{id}/vpcepservice/connections': 1,
    'GET /vpc-endpoint-services/{id}': 1,
    'GET /vpc-endpoint-services/describe': 1,
    'GET /vpc-endpoints': 1,
  });
});

test('a failing service is told once for each field that needs it, and the cluster stays', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({
    path: /vpc-endpoint-services/,
    respond: { status: 400, body: { error_code: 'EndPoint.0002' } },
  });
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${ORDERS}") { connections(first: 1) { nodes { endpointId markerId } } endpointService { name } } }`,
  );
  expect(data.cluster.connections.nodes[0]).toMatchObject({ markerId: null });
  expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['cluster', 'endpointService'], 'BAD_USER_INPUT'],
    [['cluster', 'connections', 'nodes', 0, 'markerId'], 'BAD_USER_INPUT'],
  ]);
});

test('the oldest generation tells neither service nor whitelist: both are null, and its connections are whole', async () => {
  const { ask } = await gateway();
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${LEGACY}") { endpointAccess serviceName endpointService { name } permissions { totalCount }
       connections(first: 100) { totalCount pageInfo { hasNextPage } nodes { endpointId markerId admittedBy { kind } endpointService { name } } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.cluster).toMatchObject({
    endpointAccess: true,
    serviceName: null,
    endpointService: null,
    permissions: null,
  });
  expect(data.cluster.connections).toMatchObject({ totalCount: 15, pageInfo: { hasNextPage: false } });
  expect(data.cluster.connections.nodes).toHaveLength(15);
  expect(data.cluster.connections.nodes[0]).toMatchObject({
    markerId: expect.stringMatching(/^\d+$/),
    admittedBy: null,
    endpointService: null,
  });
});

test('a connection is admitted by the record of its account before the one for everyone', async () => {
  const world = emptyWorld();
  const domains = ['a'.repeat(32), 'b'.repeat(32)];
  const connections = domains.map((domain_id) => makeClusterConnection({ domain_id }));
  const permissions = [
    makePermission({ permission: '*' }),
    makePermission({ permission: `iam:domain::${domains[0]}` }),
  ];
  const service = makeService({ connections, permissions });
  world.services.push(service);
  world.clusters.push(makeCluster({ connections, permissions, vpcServiceName: service.service_name }));
  const { ask } = await gateway({ sandbox: { world } });
  const { data } = await ask(
    '{ clusters { nodes { connections { nodes { domainId admittedBy { kind } } } endpointService { connections { nodes { domainId admittedBy { kind } } } } } } }',
  );
  const kinds = (nodes: { domainId: string; admittedBy: { kind: string } }[]) =>
    Object.fromEntries(nodes.map(({ domainId, admittedBy }) => [domainId[0], admittedBy.kind]));
  const [cluster] = data.clusters.nodes;
  expect(kinds(cluster.connections.nodes)).toEqual({ a: 'DOMAIN', b: 'ANY' });
  expect(kinds(cluster.endpointService.connections.nodes)).toEqual({ a: 'DOMAIN', b: 'ANY' });
});

test('filters and orders mean the same under a cluster and under its service', async () => {
  const { ask } = await gateway();
  const both = async (args: string) => {
    const { data, errors } = await ask(
      `{ cluster(clusterId: "${ORDERS}") { connections(first: 50, ${args}) { totalCount nodes { endpointId } }
         endpointService { connections(first: 50, ${args}) { totalCount nodes { endpointId } } } } }`,
    );
    expect(errors).toBeUndefined();
    const { connections, endpointService } = data.cluster;
    return [connections, endpointService.connections];
  };
  const { data } = await ask(
    `{ cluster(clusterId: "${ORDERS}") { connections { nodes { endpointId domainId markerId } } } }`,
  );
  const [sample] = data.cluster.connections.nodes;
  const filters = [
    'filter: { status: [ACCEPTED] }',
    'filter: { status: [ACCEPTED, FAILED] }',
    'filter: { status: [REJECTED] }',
    'filter: { status: [] }',
    `filter: { domainId: "${sample.domainId}" }`,
    `filter: { endpointId: "${sample.endpointId}" }`,
    `filter: { markerId: "${sample.markerId}" }`,
    `filter: { markerId: "1", status: [ACCEPTED] }`,
  ];
  for (const filter of filters) {
    for (const direction of ['ASC', 'DESC']) {
      const [ofCluster, ofService] = await both(
        `${filter}, orderBy: { field: CREATED_AT, direction: ${direction} }`,
      );
      expect(ofCluster, `${filter} ${direction}`).toEqual(ofService);
    }
  }
  const [byUpdate, sameByUpdate] = await both('orderBy: { field: UPDATED_AT, direction: DESC }');
  expect(byUpdate.totalCount).toBe(sameByUpdate.totalCount);
});

test('a packet id cannot be a filter where it cannot be read, and that is said', async () => {
  const { ask } = await gateway();
  const { data, errors } = await ask(
    `{ cluster(clusterId: "${ARCHIVE}") { connections(filter: { markerId: "1" }) { totalCount } } }`,
  );
  expect(data).toEqual({ cluster: { connections: null } });
  expect(errors).toMatchObject([{ path: ['cluster', 'connections'], extensions: { code: 'FORBIDDEN' } }]);
});

test('a packet id under a cluster is that of the own endpoint, where the service cannot be read', async () => {
  const { ask, sandbox, calls } = await gateway();
  const query = `{ cluster(clusterId: "${ARCHIVE}") { connections(first: 50) { nodes { endpointId markerId endpoint { markerId } } } } }`;
  const { data, errors } = await ask(query);
  expect(errors).toBeUndefined();
  const rows = data.cluster.connections.nodes as {
    markerId: string;
    endpoint: { markerId: string } | null;
  }[];
  expect(rows.map(({ markerId }) => markerId)).toEqual(
    rows.map(({ endpoint }) => endpoint?.markerId ?? null),
  );
  expect(rows.some(({ endpoint }) => endpoint !== null)).toBe(true);
  calls();
  sandbox.world.endpoints.length = 0;
  const foreign = await ask(query);
  expect(foreign.errors).toBeUndefined();
  expect(
    foreign.data.cluster.connections.nodes.every((row: { markerId: unknown }) => row.markerId === null),
  ).toBe(true);
});
