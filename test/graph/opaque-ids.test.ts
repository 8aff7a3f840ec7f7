import { expect, test } from 'vitest';
import { encodeNodeId } from '../../src/graph/node-id.ts';
import { servedSchema } from '../../src/graphql/schema.ts';
import { createWorld, SANDBOX, type World } from '../../src/sandbox/world.ts';
import { listInputPositions, type InputPosition } from '../hostile/support/schema-inputs.ts';
import { type Answer, gateway, type TestGateway } from '../support/gateway.ts';
import { startProjectsGateway } from '../support/projects-gateway.ts';
import { CLUSTER } from '../support/sample-operations.ts';
import { subscribe } from '../support/server-sent-events.ts';

const schema = servedSchema();

/** Ids of things that the graph has no type for, and ids that are opaque anyway. */
const NO_NODES =
  /^(admits|domainId|enterpriseProjectId|loadBalancerId|poolId|portId|projectId|routeTableIds?|snatNetworkId|subnetId|vpcId|ids?)$/;

const sampled = ({ world }: TestGateway['sandbox']): Record<string, string> => {
  const service = world.services.find(({ connections }) => connections.length > 2)!;
  return {
    region: SANDBOX.region,
    projectId: SANDBOX.projectId,
    clusterId: CLUSTER,
    serviceId: service.id,
    'EndpointServiceBy.id': service.id,
    endpointId: world.endpoints[0]!.connection.id,
    endpointIds: world.endpoints[0]!.connection.id,
    permissionId: service.permissions[0]!.id,
    dataSourceId: world.dataConnections[0]!.id,
    instanceId: world.instances[0]!.instance_id,
    principals: '5fc973eea581490997e82ea11a1df31f',
    label: 'orders',
    description: 'A note',
    dataSourceType: 'DWS',
  };
};

const TYPES: Readonly<Record<string, string>> = {
  clusterId: 'Cluster',
  serviceId: 'EndpointService',
  endpointId: 'Endpoint',
  endpointIds: 'Endpoint',
  dataSourceId: 'DataSource',
  instanceId: 'InsightInstance',
};

/** The opaque id of the thing with a vendor's id. */
const opaque = (name: string, id: string, serviceId: string): string =>
  name === 'permissionId'
    ? encodeNodeId('Permission', SANDBOX, 'service', serviceId, id)
    : encodeNodeId(TYPES[name]!, SANDBOX, id);

/** The name of the input field of a position; that of the thing for a reference by `id`. */
const fieldOf = (name: string): string => {
  const [, path] = /\((.*)\)$/.exec(name)!;
  return /\b(by|service)\.id$/.test(path!) ? 'serviceId' : path!.split('.').at(-1)!;
};

/** The answer and the different calls of an operation; writes are all refused, so that it can be sent twice. */
const outcome = async (gate: TestGateway, { query }: InputPosition, variables: object) => {
  const headers = { 'x-workspace-id': SANDBOX.workspaceId };
  gate.calls();
  const answers: Answer[] = query.startsWith('subscription')
    ? await (await subscribe(gate, query, variables, headers)).rest()
    : [await gate.ask(query, variables, headers)];
  const text = JSON.stringify(answers).replaceAll(/"requestId":"[^"]*"/g, '');
  return { text, calls: [...new Set(gate.calls())].toSorted() };
};

test(
  'every argument that takes the id of a console takes the opaque id too',
  { timeout: 120_000 },
  async () => {
    const gate = await gateway({ settings: { SETTLING_POLL_MS: '10', SETTLING_LIMIT_MS: '5000' } });
    for (const method of ['POST', 'PUT', 'DELETE'])
      gate.sandbox.fault({
        method,
        path: /./,
        respond: { status: 403, body: { error_code: 'EndPoint.0005' } },
      });
    const samples = sampled(gate.sandbox);
    const positions = listInputPositions(schema, samples).filter(({ kind }) => kind === 'ID');
    const walked: string[] = [];
    const silent: string[] = [];
    for (const position of positions) {
      const name = fieldOf(position.name);
      if (NO_NODES.test(name)) continue;
      walked.push(position.name);
      const id = samples[name]!;
      const byConsole = await outcome(gate, position, position.variables(id));
      const byOpaque = await outcome(
        gate,
        position,
        position.variables(opaque(name, id, samples['serviceId']!)),
      );
      if (byConsole.calls.length === 0) silent.push(position.name);
      expect(byOpaque, position.name).toEqual(byConsole);
      const wrong = position.variables(encodeNodeId('Else', SANDBOX, 'a'));
      expect((await outcome(gate, position, wrong)).text, position.name).toContain('it takes that of a');
      expect(gate.calls(), position.name).toEqual([]);
    }
    // Some changes need more than an id, and are refused before any call.
    expect(silent.every((name) => name.startsWith('Mutation.'))).toBe(true);
    expect(walked.length - silent.length, silent.join()).toBeGreaterThan(30);
  },
);

const ONE: { region: string; projectId: string } = SANDBOX;
const OTHER = { ...ONE, projectId: 'other' };
const clusterOf = (project: typeof ONE) => encodeNodeId('Cluster', project, CLUSTER);
const serviceId = createWorld().services[0]!.id;
const connectionOf = (parent: string[]) => encodeNodeId('Connection', ONE, ...parent, 'e1');

test.each([
  {
    what: 'an id whose project contradicts `project`',
    query: `{ cluster(clusterId: "${clusterOf(ONE)}", project: { region: "cn-north-4", projectId: "other" }) { name } }`,
    says: /`clusterId` is an `id` of project 0123\w+ in region cn-north-4, but `project` is of another/,
  },
  {
    what: 'an id of a project that is not served',
    query: `{ cluster(clusterId: "${clusterOf(OTHER)}") { name } }`,
    says: /does not serve that project/,
  },
  {
    what: 'ids of two projects',
    query: `mutation { acceptConnections(input: { targets: [
      { parent: { clusterId: "${clusterOf(ONE)}" }, endpointIds: ["e"] }
      { parent: { clusterId: "${clusterOf(OTHER)}" }, endpointIds: ["e"] }] }) { userErrors { code } } }`,
    says: /`input.targets.1.parent.clusterId` is an `id` of project other .* but `input.targets.0.parent.clusterId`/,
  },
  {
    what: 'a connection of another cluster than the one named',
    query: `mutation { acceptConnections(input: { targets: [{ parent: { clusterId: "${CLUSTER}" },
      endpointIds: ["${connectionOf(['cluster', 'another'])}"] }] }) { userErrors { code } } }`,
    says: /`input.targets.0.endpointIds.0` is an `id` of another cluster or endpoint service/,
  },
  {
    what: 'a connection of another parent as a filter',
    query: `{ cluster(clusterId: "${CLUSTER}") { connections(filter: {
      endpointId: "${connectionOf(['service', serviceId])}" }) { totalCount } } }`,
    says: /`filter.endpointId` is an `id` of another cluster or endpoint service/,
  },
])('$what is refused before any call', async ({ query, says }) => {
  const { ask, calls } = await gateway();
  const { errors } = await ask(query);
  expect(errors).toMatchObject([
    { message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(calls()).toEqual([]);
});

/** Fields without `project`, each by an opaque id of the second of two projects. */
const OF_ONE_PROJECT: { what: string; ask: (world: World, id: Encode) => string; finds: string }[] = [
  {
    what: 'a cluster',
    ask: ({ clusters: [one] }, id) =>
      `{ found: cluster(clusterId: "${id('Cluster', one!.id)}") { projectId } }`,
    finds: '{"projectId":"p1"}',
  },
  {
    what: 'an endpoint service',
    ask: ({ services: [one] }, id) =>
      `{ found: endpointService(by: { id: "${id('EndpointService', one!.id)}" }) { projectId } }`,
    finds: '{"projectId":"p1"}',
  },
  {
    what: 'an endpoint',
    ask: ({ endpoints: [one] }, id) =>
      `{ found: endpoint(endpointId: "${id('Endpoint', one!.connection.id)}") { projectId } }`,
    finds: '{"projectId":"p1"}',
  },
  {
    what: 'a filter of endpoints',
    ask: ({ endpoints: [one] }, id) =>
      `{ found: endpoints(filter: { endpointId: "${id('Endpoint', one!.connection.id)}" }) { totalCount } }`,
    finds: '{"totalCount":1}',
  },
  {
    what: 'a filter of endpoints by their service',
    ask: ({ endpoints: [one] }, id) =>
      `{ found: endpoints(filter: { serviceId: "${id('EndpointService', one!.endpoint_service_id)}", ipv4: "${one!.connection.vpcepIp}" }) { totalCount } }`,
    finds: '{"totalCount":1}',
  },
  {
    what: 'a filter of connections',
    ask: ({ clusters: [one] }, id) =>
      `{ found: connections(filter: { endpointId: "${id('Connection', 'cluster', one!.id, one!.connections[0]!.id)}" }) { totalCount } }`,
    finds: '{"totalCount":1}',
  },
  {
    what: 'a change of connections',
    ask: ({ clusters: [one] }, id) =>
      `mutation { found: rejectConnections(input: { targets: [{ parent: { clusterId: "${id('Cluster', one!.id)}" },
         endpointIds: ["${id('Connection', 'cluster', one!.id, one!.connections[0]!.id)}"] }] }) { userErrors { code } } }`,
    finds: '{"userErrors":[]}',
  },
];

type Encode = (type: string, ...parts: string[]) => string;

test.each(OF_ONE_PROJECT)(
  '$what by an opaque id is looked for in its project alone, where two are served',
  async ({ ask: question, finds }) => {
    const worlds = [createWorld(), createWorld()];
    const { ask, calls } = await startProjectsGateway(worlds);
    const project = { region: 'cn-north-4', projectId: 'p1' };
    const { data, errors } = await ask(
      question(worlds[1]!, (type, ...parts) => encodeNodeId(type, project, ...parts)),
    );
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data.found)).toBe(finds);
    const asked = calls();
    expect(asked).not.toEqual([]);
    for (const call of asked) expect(call).toContain('/p1/');
  },
);

test('an endpoint of another project is one of the connections of a cluster all the same', async () => {
  const { ask, sandbox } = await gateway();
  const row = sandbox.world.clusters.find(({ id }) => id === CLUSTER)!.connections[0]!;
  const id = encodeNodeId('Endpoint', OTHER, row.id);
  const { data } = await ask(
    `{ cluster(clusterId: "${CLUSTER}") { connections(filter: { endpointId: "${id}" }) { nodes { endpointId } } } }`,
  );
  expect(data.cluster.connections.nodes).toEqual([{ endpointId: row.id }]);
});
