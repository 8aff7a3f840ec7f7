import { expect, test } from 'vitest';
import { encodeNodeId } from '../../../src/graph/node-id.ts';
import { createWorld, SANDBOX, type World } from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };
const INSTANCES = `/v1/${SANDBOX.projectId}/instances`;

const instanceOf = (world: World) => world.instances[0]!.instance_id;
const workspacesOf = (id: string, position = 0) =>
  `GET ${INSTANCES}/${id}/workspaces?offset=${position}&limit=1000`;

test('instances and their workspaces are read in one call each', async () => {
  const { ask, calls, sandbox } = await gateway();
  const id = instanceOf(sandbox.world);
  const { data, errors } = await ask(
    `{ insightInstances { totalCount pageInfo { hasNextPage } nodes { instanceId name status statusRaw orderType specification
        region domainId enterpriseProjectId
        workspaces { totalCount nodes { workspaceId name description isDefault owner domainId enterpriseProjectId
          createdAt updatedAt } } } } }`,
    {},
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  const common = { owner: 'sandbox', domainId: SANDBOX.domainId, enterpriseProjectId: null };
  expect(data.insightInstances).toEqual({
    totalCount: 1,
    pageInfo: { hasNextPage: false },
    nodes: [
      {
        instanceId: id,
        name: 'insight-main',
        status: 'ACTIVE',
        statusRaw: '2',
        orderType: 'ON_DEMAND',
        specification: 'dataartsinsight.enterprise',
        region: SANDBOX.region,
        domainId: SANDBOX.domainId,
        enterpriseProjectId: '0',
        workspaces: {
          totalCount: 2,
          nodes: [
            {
              ...common,
              workspaceId: SANDBOX.workspaceId,
              name: 'dashboards',
              description: null,
              isDefault: true,
              createdAt: '2024-05-06T01:46:40Z',
              updatedAt: '2024-05-06T01:46:40Z',
            },
            {
              ...common,
              workspaceId: sandbox.world.workspaces[1]!.id,
              name: 'experiments',
              description: 'for trying things',
              isDefault: false,
              createdAt: '2025-07-01T00:00:00Z',
              updatedAt: '2024-05-06T01:46:40Z',
            },
          ],
        },
      },
    ],
  });
  const [list, workspaces] = sandbox.calls;
  expect(list!.headers).toMatchObject(WORKSPACE);
  expect(workspaces!.headers).not.toHaveProperty('x-workspace-id');
  expect(calls()).toEqual([`GET ${INSTANCES}?offset=0&limit=1000`, workspacesOf(id)]);
});

test('a first workspace is found without any: only an instance has to be known', async () => {
  const { ask, calls, sandbox } = await gateway();
  const id = instanceOf(sandbox.world);
  const { data, errors } = await ask(
    `query ($id: ID!) { insightInstance(instanceId: $id) { id instanceId
      all: workspaces { totalCount }
      some: workspaces(first: 1, filter: { name: "EXPERI" }) { totalCount nodes { workspaceId name } } } }`,
    { id },
  );
  expect(errors).toBeUndefined();
  expect(data.insightInstance).toMatchObject({
    instanceId: id,
    all: { totalCount: 2 },
    some: { totalCount: 1, nodes: [{ name: 'experiments' }] },
  });
  expect(calls()).toEqual([workspacesOf(id)]);
});

test('an instance is read again by its opaque id, and as an entity', async () => {
  const { ask, sandbox, project } = await gateway();
  const id = encodeNodeId('InsightInstance', project, instanceOf(sandbox.world));
  const { data, errors } = await ask(
    `query ($id: ID!, $of: [_Any!]!) { node(id: $id) { id ... on InsightInstance { name } }
      _entities(representations: $of) { ... on InsightInstance { id name workspaces { totalCount } } } }`,
    { id, of: [{ __typename: 'InsightInstance', id }] },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.node).toEqual({ id, name: 'insight-main' });
  expect(data._entities).toEqual([{ id, name: 'insight-main', workspaces: { totalCount: 2 } }]);
});

test('an instance that is not there is not found, also through its workspaces', async () => {
  const { ask } = await gateway();
  const facts = await ask('{ insightInstance(instanceId: "i1") { name } }', {}, WORKSPACE);
  expect(facts.errors).toMatchObject([{ path: ['insightInstance'], extensions: { code: 'NOT_FOUND' } }]);
  const workspaces = await ask('{ insightInstance(instanceId: "i1") { workspaces { totalCount } } }');
  expect(workspaces.data).toEqual({ insightInstance: { workspaces: null } });
  expect(workspaces.errors).toMatchObject([
    { path: ['insightInstance', 'workspaces'], extensions: { code: 'NOT_FOUND' } },
  ]);
});

test('older answers call the rows `instances`, and states beyond the known ones keep their number', async () => {
  const { ask, sandbox } = await gateway();
  sandbox.fault({
    path: /\/instances\?/,
    mutate: ({ page_data: [row], count }) => ({
      count,
      instances: [{ ...row, status: 4 }, { instance_id: 'i2' }],
    }),
  });
  const { data, errors } = await ask(
    '{ insightInstances { nodes { instanceId status statusRaw name } } }',
    {},
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.insightInstances.nodes).toEqual([
    { instanceId: instanceOf(sandbox.world), status: 'UNKNOWN', statusRaw: '4', name: 'insight-main' },
    { instanceId: 'i2', status: null, statusRaw: null, name: null },
  ]);
});

/** A world whose instance has so many workspaces. */
const worldOf = (count: number, unit: World['insightOffsetUnit']): World => {
  const world = createWorld();
  const [first] = world.workspaces;
  world.workspaces = Array.from({ length: count }, (_, i) => ({
    ...first!,
    id: i === 0 ? first!.id : `w${i}`,
    name: `workspace-${i}`,
  }));
  world.insightOffsetUnit = unit;
  return world;
};

const LAST_ONES = `query ($id: ID!) { insightInstance(instanceId: $id) {
  workspaces(last: 2) { totalCount truncatedAt nodes { name } } } }`;

test.each([
  { unit: 'items', count: 1000, positions: [0] },
  { unit: 'items', count: 1500, positions: [0, 1000] },
  { unit: 'pages', count: 1500, positions: [0, 1000, 1] },
  { unit: 'pages', count: 2500, positions: [0, 1000, 1, 2] },
] as const)(
  '$count workspaces are read to the end where positions count $unit',
  async ({ unit, count, positions }) => {
    const { ask, calls, sandbox } = await gateway({ sandbox: { world: worldOf(count, unit) } });
    const id = instanceOf(sandbox.world);
    const { data, errors } = await ask(LAST_ONES, { id });
    expect(errors).toBeUndefined();
    expect(data.insightInstance.workspaces).toEqual({
      totalCount: count,
      truncatedAt: null,
      nodes: [{ name: `workspace-${count - 2}` }, { name: `workspace-${count - 1}` }],
    });
    expect(calls()).toEqual(positions.map((position) => workspacesOf(id, position)));
  },
);

test('beyond the last position the list says so, and never passes for a short one', async () => {
  const { ask, calls, sandbox } = await gateway({ sandbox: { world: worldOf(2500, 'items') } });
  const id = instanceOf(sandbox.world);
  const first = await ask(
    `query ($id: ID!) { insightInstance(instanceId: $id) {
      workspaces(first: 1000) { totalCount truncatedAt pageInfo { hasNextPage endCursor } } } }`,
    { id },
  );
  expect(first.data.insightInstance.workspaces).toMatchObject({ totalCount: 2500, truncatedAt: 2000 });
  expect(calls()).toEqual([workspacesOf(id), workspacesOf(id, 1000)]);

  const filtered = await ask(
    `query ($id: ID!) { insightInstance(instanceId: $id) { workspaces(filter: { name: "-2400" }) { totalCount truncatedAt } } }`,
    { id },
  );
  expect(filtered.data.insightInstance.workspaces).toEqual({ totalCount: null, truncatedAt: 2000 });

  const NEXT = `query ($id: ID!, $after: String) { insightInstance(instanceId: $id) {
    workspaces(first: 1000, after: $after) { truncatedAt nodes { name } pageInfo { hasNextPage endCursor } } } }`;
  const second = await ask(NEXT, { id, after: first.data.insightInstance.workspaces.pageInfo.endCursor });
  expect(second.data.insightInstance.workspaces.nodes.at(-1).name).toBe('workspace-1999');
  const third = await ask(NEXT, { id, after: second.data.insightInstance.workspaces.pageInfo.endCursor });
  expect(second.data.insightInstance.workspaces.pageInfo.hasNextPage).toBe(false);
  expect(third.data.insightInstance.workspaces).toEqual({
    truncatedAt: 2000,
    nodes: [],
    pageInfo: { hasNextPage: false, endCursor: null },
  });
});

test.each([
  {
    what: 'the same page again and again',
    mutate: (body: { count: number; page_data: object[] }, rows: object[]) => ({ ...body, page_data: rows }),
    positions: [0, 1000],
  },
  {
    what: 'a total that is too large',
    mutate: (body: { count: number; page_data: object[] }) => body,
    positions: [0, 1000, 1],
  },
])('an upstream that tells $what is asked a few times, and no row comes twice', async (lie) => {
  const { ask, calls, sandbox } = await gateway();
  const id = instanceOf(sandbox.world);
  let rows: object[] | undefined;
  sandbox.fault({
    path: /\/workspaces\?/,
    mutate: (body) => {
      rows ??= body.page_data as object[];
      return lie.mutate({ ...body, count: 3000 }, rows);
    },
  });
  const { data, errors } = await ask(
    `query ($id: ID!) { insightInstance(instanceId: $id) { workspaces { truncatedAt pageInfo { hasNextPage } nodes { name } } } }`,
    { id },
  );
  expect(errors).toBeUndefined();
  expect(data.insightInstance.workspaces).toEqual({
    truncatedAt: 2,
    pageInfo: { hasNextPage: false },
    nodes: [{ name: 'dashboards' }, { name: 'experiments' }],
  });
  expect(calls()).toEqual(lie.positions.map((position) => workspacesOf(id, position)));
});
