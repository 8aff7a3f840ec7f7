import { expect, test } from 'vitest';
import { encodeNodeId } from '../../src/graph/node-id.ts';
import { gateway } from '../support/gateway.ts';

const elsewhere = { region: 'eu-de', projectId: 'other' };

const WHOLE = `{ clusters(filter: { name: "orders" }) { nodes { id
  connections(first: 1) { nodes { id } } permissions(first: 1) { nodes { id } }
  endpointService { id connections(first: 1) { nodes { id } } permissions(first: 1) { nodes { id } } } } } }`;

test('every thing with an id is fetched again by it, as the same thing', async () => {
  const { ask } = await gateway();
  const { data } = await ask(WHOLE);
  const [cluster] = data.clusters.nodes;
  const service = cluster.endpointService;
  const ids: string[] = [
    cluster.id,
    cluster.connections.nodes[0].id,
    cluster.permissions.nodes[0].id,
    service.id,
    service.connections.nodes[0].id,
    service.permissions.nodes[0].id,
  ];
  const again = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
  expect(again.errors).toBeUndefined();
  expect(again.data.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(again.data.nodes.map(({ __typename }: { __typename: string }) => __typename)).toEqual([
    'Cluster',
    'Connection',
    'Permission',
    'EndpointService',
    'Connection',
    'Permission',
  ]);
  const one = await ask('query ($id: ID!) { node(id: $id) { ... on Cluster { name } } }', { id: cluster.id });
  expect(one.data.node).toEqual({ name: 'orders-search' });
});

test('ids are URL-safe and hold region and project', async () => {
  const { ask } = await gateway();
  const { data } = await ask(WHOLE);
  const { id } = data.clusters.nodes[0];
  expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(id, 'base64url').toString()).toContain('cn-north-4');
});

test.each([
  ['not an id at all', 'hello'],
  ['a type that is not there', encodeNodeId('Nope', elsewhere, 'x')],
  ['too few parts', encodeNodeId('Cluster', elsewhere)],
  ['a project that is not served', encodeNodeId('Cluster', elsewhere, 'x')],
  [
    'a path inside',
    Buffer.from('[1,"Cluster","cn-north-4","0123456789abcdef0123456789abcdef","../../x"]').toString(
      'base64url',
    ),
  ],
])('an id with %s is refused before anything is read', async (_, id) => {
  const { ask, calls } = await gateway();
  const { data, errors } = await ask('query ($id: ID!) { node(id: $id) { id } }', { id });
  expect(data).toEqual({ node: null });
  expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

test('a project that is served may be named, another one is refused', async () => {
  const { ask, calls, project } = await gateway();
  const query = 'query ($project: ProjectInput) { clusters(project: $project) { totalCount } }';
  expect((await ask(query, { project })).data.clusters.totalCount).toBe(11);
  calls();
  const { errors } = await ask(query, { project: { region: 'eu-de', projectId: 'x' } });
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(calls()).toEqual([]);
});

const ROWS = { cluster: 'clusterId', service: 'serviceId' } as const;

test.each(Object.entries(ROWS))('a connection that is gone from its %s is not found', async (kind) => {
  const { ask, sandbox, project } = await gateway();
  const parent = kind === 'cluster' ? sandbox.world.clusters[1]! : sandbox.world.services[0]!;
  const id = encodeNodeId('Connection', project, kind, parent.id, 'gone');
  const { errors } = await ask('query ($id: ID!) { node(id: $id) { id } }', { id });
  expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
});
