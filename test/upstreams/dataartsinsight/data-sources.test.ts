import { expect, test } from 'vitest';
import { encodeNodeId } from '../../../src/graph/node-id.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { gateway, type TestGateway } from '../../support/gateway.ts';
import { countCalls } from '../../support/count-calls.ts';

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };
const CONNECTIONS = `/v1/${SANDBOX.projectId}/connections`;
const LIST = `GET ${CONNECTIONS}?all=true&offset=0&limit=1000`;

const sourceNamed = ({ sandbox }: TestGateway, name: string) =>
  sandbox.world.dataConnections.find((row) => row.name === name)!;

const projectOf = ({ project }: TestGateway) => ({
  ...project,
  endpoints: { css: '', vpcep: '', dataartsinsight: '' },
});

const names = (page: { nodes: { name: string }[] }) => page.nodes.map(({ name }) => name);

test('the data sources of a workspace are read in one call, and cut into pages by the gateway', async () => {
  const { ask, calls, sandbox } = await gateway();
  const first = await ask(
    '{ dataSources(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { name } } }',
    {},
    WORKSPACE,
  );
  expect(first.errors).toBeUndefined();
  expect(first.data.dataSources).toMatchObject({
    totalCount: 3,
    pageInfo: { hasNextPage: true },
    nodes: [{ name: 'billing' }, { name: 'exchange-rates' }],
  });
  expect(sandbox.calls[0]!.headers).toMatchObject(WORKSPACE);
  const next = await ask(
    'query ($after: String) { dataSources(first: 2, after: $after) { pageInfo { hasNextPage hasPreviousPage } nodes { name } } }',
    { after: first.data.dataSources.pageInfo.endCursor },
    WORKSPACE,
  );
  expect(next.data.dataSources).toEqual({
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
    nodes: [{ name: 'warehouse' }],
  });
  expect(calls()).toEqual([LIST, LIST]);
});

test('a data source shows what is harmless of it, whichever way it is read', async () => {
  const gate = await gateway();
  const { ask, calls, sandbox } = gate;
  const row = sourceNamed(gate, 'warehouse');
  const fields = `dataSourceId name description type typeRaw source host port databaseName defaultSchema mode region
    workspaceId domainId connectedInstanceId createdAt createdBy updatedAt updatedBy connectedInstance { instanceId }`;
  const { data, errors } = await ask(
    `query ($id: ID!) { dataSource(dataSourceId: $id) { id ${fields} } }`,
    { id: row.id },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.dataSource).toEqual({
    id: encodeNodeId('DataSource', projectOf(gate), row.id),
    dataSourceId: row.id,
    name: 'warehouse',
    description: '',
    type: 'DWS',
    typeRaw: 'DWS',
    source: 'dws',
    host: '10.0.8.40',
    port: 8000,
    databaseName: 'gaussdb',
    defaultSchema: 'public',
    mode: null,
    region: SANDBOX.region,
    workspaceId: SANDBOX.workspaceId,
    domainId: SANDBOX.domainId,
    connectedInstanceId: row.vpc_connection_id,
    createdAt: '2024-05-06T02:23:20Z',
    createdBy: 'sandbox',
    updatedAt: '2024-05-06T02:23:20Z',
    updatedBy: 'sandbox',
    connectedInstance: { instanceId: row.vpc_connection_id },
  });
  expect(sandbox.calls[0]!.headers).toMatchObject(WORKSPACE);
  expect(calls()).toEqual([`GET ${CONNECTIONS}/${row.id}`]);

  const again = await ask(
    `query ($id: ID!) { node(id: $id) { id ... on DataSource { ${fields} } } }`,
    { id: data.dataSource.id },
    WORKSPACE,
  );
  expect(again.data.node).toEqual(data.dataSource);
  const listed = await ask(
    `{ dataSources(filter: { name: "WARE" }) { nodes { id ${fields} } } }`,
    {},
    WORKSPACE,
  );
  expect(listed.data.dataSources.nodes).toEqual([data.dataSource]);
});

test('the filter is for part of a name and for kinds, in any case, and costs no further call', async () => {
  const { ask, calls } = await gateway();
  const { data, errors } = await ask(
    `{ name: dataSources(filter: { name: "ILLI" }) { totalCount nodes { name } }
       type: dataSources(filter: { type: [MYSQL, API] }) { totalCount nodes { name typeRaw } }
       both: dataSources(filter: { name: "bill", type: [DWS] }) { totalCount nodes { name } }
       none: dataSources(filter: { name: "", type: [] }) { totalCount } }`,
    {},
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(names(data.name)).toEqual(['billing']);
  expect(data.type).toEqual({
    totalCount: 2,
    nodes: [
      { name: 'billing', typeRaw: 'MYSQL' },
      { name: 'exchange-rates', typeRaw: 'API' },
    ],
  });
  expect(data.both).toEqual({ totalCount: 0, nodes: [] });
  expect(data.none).toEqual({ totalCount: 3 });
  expect(calls()).toEqual([LIST]);
});

test('a kind that is new to the graph is unknown, with its raw text', async () => {
  const gate = await gateway();
  sourceNamed(gate, 'billing').type = 'Oracle';
  const { data } = await gate.ask(
    '{ dataSources(filter: { type: [UNKNOWN] }) { nodes { name type typeRaw } } }',
    {},
    WORKSPACE,
  );
  expect(data.dataSources.nodes).toEqual([{ name: 'billing', type: 'UNKNOWN', typeRaw: 'Oracle' }]);
});

test('data sources lead to the endpoint service and the connection that they are reached through', async () => {
  const gate = await gateway();
  const { data, errors } = await gate.ask(
    `{ dataSources { nodes { name
        endpointService { serviceId label } connection { endpointId status }
        connectedInstance { endpointId endpointService { serviceId } connection { endpointId } } } } }`,
    {},
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  const [billing, rates, warehouse] = data.dataSources.nodes;
  expect(rates).toEqual({
    name: 'exchange-rates',
    endpointService: null,
    connection: null,
    connectedInstance: null,
  });
  for (const [source, label] of [
    [billing, 'billing-db'],
    [warehouse, 'DII-INGEST-LB'],
  ]) {
    expect(source.endpointService.label).toBe(label);
    expect(source.connection.endpointId).toBe(source.connectedInstance.endpointId);
    expect(source.connectedInstance.endpointService.serviceId).toBe(source.endpointService.serviceId);
    expect(source.connectedInstance.connection.endpointId).toBe(source.connection.endpointId);
  }
  expect(countCalls(gate.calls())).toEqual({
    'GET /connections': 1,
    'GET /vpc-endpoint-services': 1,
    'GET /vpc-endpoint-services/{id}/connections': 2,
  });
});

test('where the endpoint service belongs to another account, the data source is told without it', async () => {
  const gate = await gateway();
  const row = sourceNamed(gate, 'billing');
  gate.sandbox.fault({
    path: /vpc-endpoint-services/,
    respond: { status: 403, body: { error_code: 'EndPoint.0004', error_msg: 'no' } },
  });
  const { data, errors } = await gate.ask(
    'query ($id: ID!) { dataSource(dataSourceId: $id) { name endpointService { serviceId } connection { endpointId } } }',
    { id: row.id },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.dataSource).toEqual({ name: 'billing', endpointService: null, connection: null });
});

test('regions that tell only the id of the connected instance show that id', async () => {
  const gate = await gateway();
  const row = sourceNamed(gate, 'billing');
  gate.sandbox.fault({
    path: /\/connections\/8a80/,
    mutate: ({ vpc_connection: _left, ...body }) => body,
  });
  const { data, errors } = await gate.ask(
    `query ($id: ID!) { dataSource(dataSourceId: $id) { connectedInstanceId connectedInstance { instanceId }
      endpointService { serviceId } connection { endpointId } } }`,
    { id: row.id },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.dataSource).toEqual({
    connectedInstanceId: row.vpc_connection_id,
    connectedInstance: null,
    endpointService: null,
    connection: null,
  });
});

test('the list, a connected instance and several data sources by id cost one call together', async () => {
  const gate = await gateway();
  const { world } = gate.sandbox;
  const ids = [
    encodeNodeId('ConnectedInstance', projectOf(gate), world.connectedInstances[0]!.id),
    ...world.dataConnections.map(({ id }) => encodeNodeId('DataSource', projectOf(gate), id)),
  ];
  const { data, errors } = await gate.ask(
    `query ($ids: [ID!]!) { dataSources { totalCount }
      nodes(ids: $ids) { id ... on DataSource { name } ... on ConnectedInstance { instanceId } } }`,
    { ids },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(gate.calls()).toEqual([LIST]);
});

test('a data source is an entity of a federated graph', async () => {
  const gate = await gateway();
  const id = encodeNodeId('DataSource', projectOf(gate), sourceNamed(gate, 'billing').id);
  const { data, errors } = await gate.ask(
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on DataSource { id name } } }',
    { of: [{ __typename: 'DataSource', id }] },
    WORKSPACE,
  );
  expect(errors).toBeUndefined();
  expect(data._entities).toEqual([{ id, name: 'billing' }]);
});

test('an unknown data source is not found', async () => {
  const { ask } = await gateway();
  const { data, errors } = await ask('{ dataSource(dataSourceId: "nope") { name } }', {}, WORKSPACE);
  expect(data).toEqual({ dataSource: null });
  expect(errors).toMatchObject([{ path: ['dataSource'], extensions: { code: 'NOT_FOUND' } }]);
});

test('without a workspace, and for an argument that cannot be right, nothing is sent', async () => {
  const { ask, calls } = await gateway();
  for (const [query, headers] of [
    ['{ dataSources { totalCount } }', {}],
    ['{ dataSource(dataSourceId: "d1") { name } }', {}],
    ['{ insightInstances { totalCount } }', {}],
    ['{ dataSource(dataSourceId: "../d1") { name } }', WORKSPACE],
    [`{ dataSources(filter: { name: "a\\u0000b" }) { totalCount } }`, WORKSPACE],
    ['{ dataSources(first: -1) { totalCount } }', WORKSPACE],
    ['{ insightInstance(instanceId: "a/b") { name } }', WORKSPACE],
  ] as const) {
    const { errors } = await ask(query, {}, headers);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  }
  expect(calls()).toEqual([]);
});

test('the configured workspace serves callers that name none', async () => {
  const { ask, sandbox } = await gateway({ settings: { DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId } });
  const { data } = await ask('{ dataSources { totalCount } }');
  expect(data.dataSources.totalCount).toBe(3);
  expect(sandbox.calls[0]!.headers).toMatchObject(WORKSPACE);
});
