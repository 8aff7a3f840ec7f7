import { expect, test } from 'vitest';
import { openTelekomWorld } from '../../src/sandbox/world.ts';
import { gateway } from '../support/gateway.ts';

/** A gateway with the settings that Open Telekom Cloud needs, in front of its stand-in. */
const room = async () => {
  const world = openTelekomWorld();
  const server = await gateway({
    sandbox: { world },
    settings: { CSS_BODY_CASE: 'camel', VPCEP_SORT_KEY: 'created_at', CSS_POSITION: 'start' },
  });
  const service = world.services.find(({ connections }) => connections.length > 2)!;
  const cluster = world.clusters.find(({ connections }) => connections.length === 40)!;
  return { ...server, world, service, cluster };
};

test('the connections of a cluster are paged with `start`, and none is lost or told twice', async () => {
  const { ask, cluster, calls } = await room();
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { data, errors } = await ask(
      `query ($after: String) { cluster(clusterId: "${cluster.id}") { connections(first: 15, after: $after) {
         pageInfo { hasNextPage endCursor } nodes { endpointId } } } }`,
      { after },
    );
    expect(errors).toBeUndefined();
    const { pageInfo, nodes } = data.cluster.connections;
    seen.push(...nodes.map(({ endpointId }: { endpointId: string }) => endpointId));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual(cluster.connections.map(({ id }) => id));
  expect(calls().map((call) => call.split('?')[1])).toEqual([
    'start=1&limit=16',
    'start=15&limit=17',
    'start=30&limit=17',
  ]);
});

test('the body of a CSS write is in camel case', async () => {
  const { ask, cluster, sandbox } = await room();
  const { data, errors } = await ask(
    `mutation { addPermissions(input: { parent: { clusterId: "${cluster.id}" },
       principals: ["5fc973eea581490997e82ea11a1df31f"] }) { added userErrors { code } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.addPermissions).toEqual({
    added: ['iam:domain::5fc973eea581490997e82ea11a1df31f'],
    userErrors: [],
  });
  const [write] = sandbox.calls.filter(({ method }) => method === 'POST');
  expect(Object.keys(JSON.parse(write!.body) as object)).toEqual(['vpcPermissions']);
});

test('orders by update are left to the cloud, in its spelling', async () => {
  const { ask, calls } = await room();
  const { errors } = await ask(
    '{ endpointServices(first: 3, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { name } } }',
  );
  expect(errors).toBeUndefined();
  expect(calls()).toEqual([expect.stringContaining('sort_key=updated_at')]);
});

test("a service's whitelist is changed through the older call", async () => {
  const { ask, service, sandbox } = await room();
  const { data, errors } = await ask(
    `mutation { addPermissions(input: { parent: { serviceId: "${service.id}" },
       principals: ["5fc973eea581490997e82ea11a1df31f"] }) { added userErrors { code } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.addPermissions.added).toEqual(['iam:domain::5fc973eea581490997e82ea11a1df31f']);
  expect(
    sandbox.calls.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').pop()),
  ).toEqual(['batch-create', 'action']);
});

test('a deletion that answers 200 is one like any other', async () => {
  const { ask, world } = await room();
  const { data, errors } = await ask(
    `mutation { deleteEndpoint(input: { endpointId: "${world.endpoints[0]!.connection.id}" }) { userErrors { code } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.deleteEndpoint.userErrors).toEqual([]);
});

test.each([
  ['renameEndpointService', 'serviceId: "s1", label: "x"'],
  ['updateEndpointWhitelist', 'endpointId: "e1", whitelist: []'],
  ['deleteEndpointPolicy', 'endpointId: "e1", openToEveryone: true'],
  ['updateEndpointRouteTables', 'endpointId: "e1", routeTableIds: ["t1"]'],
  ['upgradeEndpoint', 'endpointId: "e1"'],
  ['upgradeEndpointService', 'serviceId: "s1"'],
  [
    'addServerResources',
    'serviceId: "s1", serverResources: [{ loadBalancerId: "20872649-163e-4302-83be-8ff6e31d9aa0" }]',
  ],
  ['verifyAndCreateEndpoint', 'service: { id: "s1" }, dataSourceType: "DWS"'],
])('%s, which is not offered, says so', async (name, input) => {
  const { ask } = await room();
  const { data, errors } = await ask(
    `mutation { ${name}(input: { ${input} }) { userErrors { message } } }`,
    {},
    { 'x-workspace-id': 'w1' },
  );
  expect(errors).toBeUndefined();
  expect(data[name].userErrors).toEqual([{ message: expect.stringContaining('in this region') }]);
});
