import {
  federateSubgraphsContract,
  type FederationSuccess,
  LATEST_ROUTER_COMPATIBILITY_VERSION,
  newContractTagOptionsFromArrays,
} from '@wundergraph/composition';
import { type GraphQLSchema, isObjectType, parse, print } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeNodeId } from '../../src/graph/node-id.ts';
import { subgraphSdl } from '../../src/graphql/schema.ts';
import {
  createWorld,
  emptyWorld,
  makeCluster,
  makeClusterConnection,
  SANDBOX,
} from '../../src/sandbox/world.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { bookmarks, composers, ours, reviews, type Subgraph, supergraph } from '../support/supergraph.ts';
import { countCalls } from '../support/count-calls.ts';

const PROJECT = { region: SANDBOX.region, projectId: SANDBOX.projectId };
const CLUSTERS = `GET /v1.0/${SANDBOX.projectId}/clusters`;
const SERVICES = `GET /v1/${SANDBOX.projectId}/vpc-endpoint-services`;
/** The list call for a few ids, and for five. */
const listOfClusters = (rows = 100) => `${CLUSTERS}?start=1&offset=1&limit=${rows}`;
const listOfServices = (rows = 100) => `${SERVICES}?offset=0&limit=${rows}`;

const world = createWorld();
const clusterIds = world.clusters.map(({ id }) => id).slice(0, 5);
const serviceIds = world.services.map(({ id }) => id).slice(0, 5);
const twenty = <T>(item: (i: number) => T): T[] => Array.from({ length: 20 }, (_, i) => item(i));

const cluster = (clusterId: string) => ({ __typename: 'Cluster', ...PROJECT, clusterId });
const service = (serviceId: string) => ({ __typename: 'EndpointService', ...PROJECT, serviceId });

const entities = (server: TestGateway, selection: string, representations: unknown[]): Promise<Answer> =>
  server.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { ${selection} } }`, {
    of: representations,
  });

/** The errors of a list's items: at which place, and of which kind. */
const codes = ({ errors = [] }: Answer) =>
  errors
    .map(({ path, extensions }) => [Number(path?.[1]), extensions.code] as const)
    .toSorted(([a], [b]) => a - b);

type Lists = Record<'connections' | 'permissions', { nodes: { id: string }[] } | null> & { id: string };

const firstId = (parents: Lists[], list: 'connections' | 'permissions'): string =>
  parents.flatMap((parent) => parent[list]?.nodes ?? [])[0]!.id;

/** Ids of one thing of each type, as clients get them. */
const idsOf = async (server: TestGateway) => {
  const lists = 'nodes { id connections { nodes { id } } permissions { nodes { id } } }';
  const { data } = await server.ask(`{ clusters { ${lists} } endpointServices { ${lists} } }`);
  server.calls();
  const clusters: Lists[] = data.clusters.nodes;
  const services: Lists[] = data.endpointServices.nodes;
  return {
    cluster: clusters[0]!.id,
    service: services[0]!.id,
    clusterConnection: firstId(clusters, 'connections'),
    serviceConnection: firstId(services, 'connections'),
    clusterPermission: firstId(clusters, 'permissions'),
    servicePermission: firstId(services, 'permissions'),
  };
};

const review = (i: number, clusterId: string) => ({
  id: `r${i}`,
  stars: i % 5,
  cluster: { ...PROJECT, clusterId },
});

const SHARED = ['Project', 'Quota', 'ResourceFailure', 'ResourceTag', 'UserError'];

/** A subgraph with our shared types, and a field of its own on each of our entities. */
const lookalike = (): Subgraph => {
  const { definitions } = parse(ours.sdl);
  const enums = definitions.filter((node) => node.kind === 'EnumTypeDefinition');
  const types = definitions.filter((node) => node.kind === 'ObjectTypeDefinition');
  const shared = types.filter(({ name }) => SHARED.includes(name.value));
  const used = enums.filter(({ name }) => ['ErrorCode', 'QuotaType'].includes(name.value));
  const extended = types
    .filter(({ directives }) => directives?.some(({ name }) => name.value === 'key'))
    .map(({ name }) => `type ${name.value} @key(fields: "id") { id: ID! note${name.value}: String }`);
  const fields = shared.map(({ name }) => `some${name.value}: ${name.value}`);
  return {
    name: 'lookalike',
    sdl: [
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable", "@tag"])',
      ...[...shared, ...used].map((node) => print(node)),
      ...extended,
      `type Query { ${fields.join(' ')} }`,
    ].join('\n'),
  };
};

const fieldNames = (schema: GraphQLSchema, name: string): string[] => {
  const type = schema.getType(name);
  return isObjectType(type) ? Object.keys(type.getFields()) : [];
};

describe.each(Object.keys(composers))('%s', (composer) => {
  const compose = composers[composer]!;

  test.each([
    { with: 'alone', subgraphs: [ours] },
    { with: 'beside one that pages and has `node`', subgraphs: [ours, reviews] },
    { with: 'beside one that refers by opaque id', subgraphs: [ours, bookmarks] },
    { with: 'beside both', subgraphs: [bookmarks, ours, reviews] },
  ])('composes the subgraph $with', ({ subgraphs }) => {
    expect(compose(subgraphs)).toEqual([]);
  });

  test('composes beside one that has types of the same generic names and extends every entity', () => {
    expect(compose([ours, lookalike()])).toEqual([]);
  });

  test('refuses two gateways in one supergraph, as the documentation says', () => {
    expect(compose([ours, { ...ours, name: 'of-another-account' }]).join()).toMatch(/shareable/);
  });

  test('refuses what the published schema takes care to avoid', () => {
    const unshared = ours.sdl.replace(/type PageInfo\s+@shareable/, 'type PageInfo');
    expect(compose([{ ...ours, sdl: unshared }, reviews]).join()).toMatch(/\bPageInfo\b.*@?shareable/s);
    const withNode = ours.sdl.replace(/^type Query .*\{$/m, '$&\n  node(id: ID!): Node\n');
    expect(compose([{ ...ours, sdl: withNode }, reviews]).join()).toMatch(/\bnode\b.*@?shareable/s);
  });
});

describe('a contract', () => {
  /** The client's schema of a supergraph that is made of our subgraph, for a contract. */
  const contract = (tags: { include?: string[]; exclude?: string[] }) => {
    const { success, federatedGraphClientSchema } = federateSubgraphsContract({
      subgraphs: [{ name: ours.name, url: '', definitions: parse(ours.sdl) }],
      contractTagOptions: newContractTagOptionsFromArrays(tags.exclude ?? [], tags.include ?? []),
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    }) as FederationSuccess;
    expect(success).toBe(true);
    return federatedGraphClientSchema;
  };

  test('that includes `public` reads everything and changes nothing', () => {
    const schema = contract({ include: ['public'] });
    const all = contract({});
    expect(all.getMutationType()).toBeDefined();
    expect(schema.getMutationType()).toBeUndefined();
    for (const root of ['Query', 'Subscription', 'Cluster', 'Connection'])
      expect(fieldNames(schema, root)).toEqual(fieldNames(all, root));
    expect(Object.keys(schema.getTypeMap()).filter((name) => /(?:Input|Payload)$/.test(name))).toEqual([
      'ProjectInput',
    ]);
  });

  test('that excludes `write` has the same reads', () => {
    const schema = contract({ exclude: ['write'] });
    expect(schema.getMutationType()).toBeUndefined();
    expect(fieldNames(schema, 'Query')).toEqual(fieldNames(contract({}), 'Query'));
  });

  test('that excludes `internal` has no spelling of the cloud', () => {
    const schema = contract({ exclude: ['internal'] });
    const names = Object.keys(schema.getTypeMap()).flatMap((name) => fieldNames(schema, name));
    expect(names.filter((name) => /Raw$|Switch$/.test(name))).toEqual([]);
    expect(fieldNames(schema, 'Cluster')).toEqual(expect.arrayContaining(['status', 'connections']));
    expect(fieldNames(schema, 'Mutation')).toEqual(fieldNames(contract({}), 'Mutation'));
  });
});

test('each entity has its opaque id as a key, and where the console has an id for it, that one too', () => {
  const keys = parse(subgraphSdl()).definitions.flatMap((node) => {
    if (node.kind !== 'ObjectTypeDefinition') return [];
    const fields = (node.directives ?? [])
      .filter(({ name }) => name.value === 'key')
      .map(
        ({ arguments: [argument] = [] }) => argument?.value.kind === 'StringValue' && argument.value.value,
      );
    return fields.length > 0 ? [[node.name.value, fields]] : [];
  });
  expect(Object.fromEntries(keys)).toEqual({
    Cluster: ['id', 'region projectId clusterId'],
    ConnectedInstance: ['id'],
    Connection: ['id'],
    DataSource: ['id'],
    Endpoint: ['id', 'region projectId endpointId'],
    EndpointService: ['id', 'region projectId serviceId'],
    InsightInstance: ['id'],
    Permission: ['id'],
  });
});

test('`node` and `nodes` are served, and left out of the published schema', async () => {
  const server = await gateway();
  const { data } = await server.ask('{ _service { sdl } __type(name: "Query") { fields { name } } }');
  const served = data.__type.fields.map(({ name }: { name: string }) => name);
  expect(served).toEqual(expect.arrayContaining(['node', 'nodes', '_service', '_entities']));
  expect(data._service.sdl.trimEnd()).toBe(subgraphSdl().trimEnd());
  const query = /^type Query\b.*?^\}/ms.exec(data._service.sdl)![0];
  expect(query).toMatch(/^ {2}clusters\(/m);
  expect(query).not.toMatch(/^ {2}(nodes?|_service|_entities)\b/m);
  expect(data._service.sdl).toMatch(/type PageInfo\s+@shareable/);
});

test('a thousand connections of 143 clusters cost a call for each cluster', async () => {
  const clusters = Array.from({ length: 143 }, () =>
    makeCluster({ connections: Array.from({ length: 7 }, () => makeClusterConnection()) }),
  );
  const server = await gateway({ sandbox: { world: { ...emptyWorld(), clusters } } });
  // As long as an id can be: the region with the longest name is a few characters longer.
  const keys = clusters
    .flatMap(({ id, connections }) => connections.map((connection) => [id, connection.id] as const))
    .slice(0, 1000);
  const of = keys.map(([clusterId, endpointId]) => ({
    __typename: 'Connection',
    id: encodeNodeId('Connection', server.project, 'cluster', clusterId, endpointId),
  }));
  const { data, errors } = await entities(server, '... on Connection { endpointId }', of);
  expect(errors).toBeUndefined();
  expect(data._entities).toEqual(keys.map(([, endpointId]) => ({ endpointId })));
  expect(countCalls(server.calls())).toEqual({ 'GET /clusters/{id}/vpcepservice/connections': 143 });
});

test('twenty references to five clusters cost one list call', async () => {
  const server = await gateway();
  const answer = await entities(
    server,
    '... on Cluster { clusterId name }',
    twenty((i) => cluster(clusterIds[i % 5]!)),
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data._entities).toEqual(
    twenty((i) => ({ clusterId: clusterIds[i % 5], name: world.clusters[i % 5]!.name })),
  );
  expect(server.calls()).toEqual([listOfClusters(125)]);
});

test('twenty references to five endpoint services cost one list call', async () => {
  const server = await gateway();
  const answer = await entities(
    server,
    '... on EndpointService { serviceId name status activeConnectionCount }',
    twenty((i) => service(serviceIds[i % 5]!)),
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data._entities.map(({ name }: { name: string }) => name)).toEqual(
    twenty((i) => world.services[i % 5]!.service_name),
  );
  expect(server.calls()).toEqual([listOfServices(125)]);
});

test('references to clusters and services, by either key, cost one list call for each', async () => {
  const server = await gateway();
  const ids = await idsOf(server);
  const answer = await entities(server, '... on Cluster { name } ... on EndpointService { status }', [
    cluster(clusterIds[1]!),
    service(serviceIds[1]!),
    { __typename: 'Cluster', id: ids.cluster },
    { __typename: 'EndpointService', id: ids.service },
  ]);
  expect(answer.errors).toBeUndefined();
  expect(answer.data._entities).toEqual([
    { name: world.clusters[1]!.name },
    { status: expect.stringMatching(/^[A-Z]+$/) },
    { name: expect.any(String) },
    { status: expect.stringMatching(/^[A-Z]+$/) },
  ]);
  expect(server.calls().toSorted()).toEqual([listOfClusters(), listOfServices()]);
});

test('every type of entity resolves by the opaque id that clients were given', async () => {
  const server = await gateway();
  const ids = await idsOf(server);
  const representations = [
    { __typename: 'Connection', id: ids.clusterConnection },
    { __typename: 'Connection', id: ids.serviceConnection },
    { __typename: 'Permission', id: ids.clusterPermission },
    { __typename: 'Permission', id: ids.servicePermission },
    { __typename: 'Cluster', id: ids.cluster },
    { __typename: 'EndpointService', id: ids.service },
  ];
  const answer = await entities(server, '... on Node { __typename id }', representations);
  expect(answer).toEqual({ data: { _entities: representations } });
});

test('a connected instance resolves by its opaque id, through the data source that uses it', async () => {
  const server = await gateway({ settings: { DATAARTSINSIGHT_WORKSPACE_ID: SANDBOX.workspaceId } });
  const instance = server.sandbox.world.connectedInstances[0]!;
  const project = { ...PROJECT, endpoints: { css: '', vpcep: '', dataartsinsight: '' } };
  const id = encodeNodeId('ConnectedInstance', project, instance.id);
  const answer = await entities(server, '... on ConnectedInstance { id instanceId serviceId }', [
    { __typename: 'ConnectedInstance', id },
  ]);
  expect(answer).toEqual({
    data: { _entities: [{ id, instanceId: instance.id, serviceId: instance.vpc_ep_server_id }] },
  });
});

test('bad representations are told, the same mistake once, the good ones resolve, and the process lives', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const server = await gateway();
  const known = cluster(clusterIds[0]!);
  const answer = await entities(server, '... on Cluster { clusterId name }', [
    cluster('missing'),
    { __typename: 'Cluster', id: 'garbage' },
    { __typename: 'Nope' },
    known,
    'text',
    7,
    [],
    {},
    { __typename: null },
    { __typename: 'Query' },
    { __typename: 'PageInfo' },
    { __typename: 'Node', id: 'garbage' },
    { __typename: '__proto__' },
    { __typename: 'Cluster', id: null },
    { __typename: 'Cluster', id: 5 },
    { __typename: 'Cluster', clusterId: 'only' },
    { __typename: 'Cluster', ...PROJECT, clusterId: '../escape' },
    { __typename: 'Cluster', region: 'elsewhere', projectId: 'other', clusterId: clusterIds[0] },
    { __typename: 'Connection', clusterId: clusterIds[0] },
    { ...known, id: null },
  ]);
  const good = { clusterId: clusterIds[0], name: world.clusters[0]!.name };
  expect(answer.data._entities).toEqual(twenty((i) => (i === 3 || i === 19 ? good : null)));
  const [together, alone] = [1, 2].map((length) =>
    answer.errors!.filter(({ path }) => path?.length === length),
  );
  expect(codes({ ...answer, errors: alone! })).toEqual([
    [0, 'NOT_FOUND'],
    ...[1, 16, 17, 18].map((i) => [i, 'BAD_USER_INPUT']),
  ]);
  // The same mistake in several of them is one error.
  const told = { path: ['_entities'], extensions: { code: 'BAD_USER_INPUT' } };
  expect(together).toMatchObject([told, told]);
  expect(together!.map(({ message }) => /at (\d+) positions: ([\d, ]+)\.$/.exec(message)?.slice(1))).toEqual([
    ['10', '2, 4, 5, 6, 7, 8, 9, 10, 11, 12'],
    ['3', '13, 14, 15'],
  ]);
  expect(server.calls()).toEqual([listOfClusters(), `${CLUSTERS}/missing`]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(unhandled).toEqual([]);
  expect(await server.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
});

test('null as a representation is refused as a whole, before any upstream call', async () => {
  const server = await gateway();
  const answer = await entities(server, '__typename', [null, cluster(clusterIds[0]!)]);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(server.calls()).toEqual([]);
});

test('an id of another type is refused before any upstream call', async () => {
  const server = await gateway();
  const ids = await idsOf(server);
  const answer = await entities(server, '__typename', [
    { __typename: 'Cluster', id: ids.service },
    { __typename: 'EndpointService', id: ids.cluster },
    { __typename: 'Connection', id: ids.clusterPermission },
    { __typename: 'Permission', id: ids.serviceConnection },
    { __typename: 'ConnectedInstance', id: ids.cluster },
  ]);
  expect(answer.data._entities).toEqual([null, null, null, null, null]);
  expect(codes(answer)).toEqual([0, 1, 2, 3, 4].map((i) => [i, 'BAD_USER_INPUT']));
  expect(server.calls()).toEqual([]);
});

test('`nodes` with one bad id leaves the others alone', async () => {
  const server = await gateway();
  const ids = await idsOf(server);
  const answer = await server.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
    ids: [ids.cluster, 'garbage', ids.service, ids.clusterConnection],
  });
  expect(answer.data.nodes).toEqual([
    { __typename: 'Cluster', id: ids.cluster },
    null,
    { __typename: 'EndpointService', id: ids.service },
    { __typename: 'Connection', id: ids.clusterConnection },
  ]);
  expect(codes(answer)).toEqual([[1, 'BAD_USER_INPUT']]);
});

describe('behind an Apollo Gateway', () => {
  test('twenty references to five clusters cost one list call, with the token of the caller', async () => {
    const server = await gateway();
    const rows = twenty((i) => review(i, clusterIds[i % 5]!));
    const { ask, sent } = await supergraph(server.url, { reviews: rows });
    const query = '{ reviews { nodes { stars cluster { name owner status } } } }';
    const { data, errors } = await ask(query, SANDBOX.token);
    expect(errors).toBeUndefined();
    expect(data.reviews.nodes).toEqual(
      twenty((i) => ({
        stars: i % 5,
        cluster: {
          name: world.clusters[i % 5]!.name,
          owner: `team of ${clusterIds[i % 5]}`,
          status: expect.stringMatching(/^[A-Z]+$/),
        },
      })),
    );
    expect(sent).toEqual(rows.map((row) => ({ __typename: 'Cluster', ...row.cluster })));
    expect(server.calls()).toEqual([listOfClusters(125)]);
  });

  test('without a token of the caller ours fails, and the other subgraphs do not', async () => {
    const server = await gateway();
    const { ask } = await supergraph(server.url, { reviews: [review(0, clusterIds[0]!)] });
    const { data, errors } = await ask('{ reviews { nodes { stars cluster { name } } } }');
    expect(data.reviews.nodes).toEqual([{ stars: 0, cluster: null }]);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(server.calls()).toEqual([]);
  });

  test('a reference to an unknown cluster is null with an error, and the others resolve', async () => {
    const server = await gateway();
    const rows = [...clusterIds.slice(0, 3), 'unknown'].map((clusterId, i) => review(i, clusterId));
    const { ask } = await supergraph(server.url, { reviews: rows });
    const { data, errors } = await ask('{ reviews { nodes { cluster { name } } } }', SANDBOX.token);
    const names = world.clusters.slice(0, 3).map(({ name }) => ({ cluster: { name } }));
    expect(data.reviews.nodes).toEqual([...names, { cluster: null }]);
    expect(errors).toMatchObject([
      { path: ['reviews', 'nodes', 3, 'cluster'], extensions: { code: 'NOT_FOUND', serviceName: ours.name } },
    ]);
    expect(server.calls()).toEqual([listOfClusters(), `${CLUSTERS}/unknown`]);
  });

  test('opaque ids that another subgraph has kept lead back to the same things', async () => {
    const server = await gateway();
    const ids = await idsOf(server);
    const row = { id: 'b1', cluster: { id: ids.cluster }, permission: { id: ids.clusterPermission } };
    const { ask } = await supergraph(server.url, {
      bookmarks: [row, { ...row, id: 'b2', permission: null }],
    });
    const { data, errors } = await ask(
      '{ bookmarks { id cluster { id clusterId owner } permission { id kind } } }',
      SANDBOX.token,
    );
    expect(errors).toBeUndefined();
    const found = {
      id: ids.cluster,
      clusterId: expect.any(String),
      owner: expect.stringMatching(/^team of ./),
    };
    expect(data.bookmarks).toEqual([
      {
        id: 'b1',
        cluster: found,
        permission: { id: ids.clusterPermission, kind: expect.stringMatching(/^[A-Z]+$/) },
      },
      { id: 'b2', cluster: found, permission: null },
    ]);
    expect(countCalls(server.calls())).toEqual({
      'GET /clusters/{id}': 1,
      'GET /clusters/{id}/vpcepservice/connections': 1,
    });
  });

  test('`node` of the supergraph is that of the subgraph that publishes one', async () => {
    const server = await gateway();
    const { ask } = await supergraph(server.url, { node: { __typename: 'Review', id: 'r1', stars: 4 } });
    const { data, errors } = await ask('{ node(id: "r1") { id ... on Review { stars } } }', SANDBOX.token);
    expect(errors).toBeUndefined();
    expect(data.node).toEqual({ id: 'r1', stars: 4 });
  });

  test('an argument that takes exactly one of its fields still does, though composition forgets it', async () => {
    const server = await gateway();
    const { ask } = await supergraph(server.url, {});
    const both = `{ endpointService(by: { id: "${serviceIds[0]}", name: "any" }) { serviceId } }`;
    const { data, errors } = await ask(both, SANDBOX.token);
    expect(data).toEqual({ endpointService: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', serviceName: ours.name } },
    ]);
    expect(server.calls()).toEqual([]);
  });
});
