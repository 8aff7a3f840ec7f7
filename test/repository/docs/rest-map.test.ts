import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { UPSTREAMS } from '../../../src/upstreams/services.ts';
import { documentedOperations } from '../../support/contract.ts';
import { readPage, replaceBlock } from '../../support/docs.ts';
import { gateway, type TestGateway } from '../../support/gateway.ts';
import { IN_GRAPH, LEFT_OUT } from '../../support/operations.ts';

const PAGE = 'docs/rest-map.md';
const schema = apiSchema();

const CLUSTER = '9693b2ec-732c-481a-8b9d-cf8c8dd642f8';
const SERVICE = 'f0f5e5d7-d4e7-4294-84cb-f5a54315d7be';

const ofCluster = (fields: string) => `{ cluster(clusterId: "${CLUSTER}") { ${fields} } }`;
const ofService = (fields: string) => `{ endpointService(by: { id: "${SERVICE}" }) { ${fields} } }`;
const inPage = (list: string, fields: string) => `${list} { nodes { ${fields} } }`;

/** Where a type is found in the graph, and the query that reads fields of it there. */
interface Source {
  type: string;
  found: string;
  query: (fields: string) => string;
}

const sourcesIn = (ids: Record<'endpoint' | 'dataSource' | 'instance', string>): Source[] => [
  { type: 'Cluster', found: '`cluster`', query: ofCluster },
  { type: 'Cluster', found: '`clusters`', query: (f) => `{ ${inPage('clusters', f)} }` },
  { type: 'EndpointService', found: '`endpointService`', query: ofService },
  {
    type: 'EndpointService',
    found: '`endpointServices`',
    query: (f) => `{ ${inPage('endpointServices', f)} }`,
  },
  {
    type: 'EndpointService',
    found: '`publicEndpointServices`',
    query: (f) => `{ ${inPage('publicEndpointServices', f)} }`,
  },
  { type: 'Connection', found: 'a cluster', query: (f) => ofCluster(inPage('connections(first: 3)', f)) },
  {
    type: 'Connection',
    found: 'an endpoint service',
    query: (f) => ofService(inPage('connections(first: 3)', f)),
  },
  { type: 'Permission', found: 'a cluster', query: (f) => ofCluster(inPage('permissions', f)) },
  { type: 'Permission', found: 'an endpoint service', query: (f) => ofService(inPage('permissions', f)) },
  {
    type: 'Endpoint',
    found: '`endpoint`',
    query: (f) => `{ endpoint(endpointId: "${ids.endpoint}") { ${f} } }`,
  },
  { type: 'Endpoint', found: '`endpoints`', query: (f) => `{ ${inPage('endpoints', f)} }` },
  {
    type: 'DataSource',
    found: '`dataSource`',
    query: (f) => `{ dataSource(dataSourceId: "${ids.dataSource}") { ${f} } }`,
  },
  { type: 'DataSource', found: '`dataSources`', query: (f) => `{ ${inPage('dataSources', f)} }` },
  {
    type: 'ConnectedInstance',
    found: '`dataSources`',
    query: (f) => `{ ${inPage('dataSources', `connectedInstance { ${f} }`)} }`,
  },
  {
    type: 'InsightInstance',
    found: '`insightInstance`',
    query: (f) => `{ insightInstance(instanceId: "${ids.instance}") { ${f} } }`,
  },
  {
    type: 'InsightInstance',
    found: '`insightInstances`',
    query: (f) => `{ ${inPage('insightInstances', f)} }`,
  },
  { type: 'Quota', found: '`quotas`', query: (f) => `{ quotas { ${f} } }` },
  {
    type: 'UsedTag',
    found: '`usedTags`',
    query: (f) => `{ usedTags(resourceType: ENDPOINT) { ${f} } }`,
  },
];

const WORKSPACE = { 'x-workspace-id': SANDBOX.workspaceId };

const idsIn = async ({ ask }: TestGateway) => {
  const { data } = await ask(
    `{ ${inPage('endpoints(first: 1)', 'endpointId')} ${inPage('dataSources(first: 1)', 'dataSourceId')}
       ${inPage('insightInstances(first: 1)', 'instanceId')} }`,
    {},
    WORKSPACE,
  );
  const [endpoint, dataSource, instance] = [data.endpoints, data.dataSources, data.insightInstances];
  return {
    endpoint: endpoint.nodes[0].endpointId,
    dataSource: dataSource.nodes[0].dataSourceId,
    instance: instance.nodes[0].instanceId,
  };
};

/** A field with the smallest selection that reads it. */
const selectionOf = (type: GraphQLObjectType, name: string): string => {
  const of = getNamedType(type.getFields()[name]!.type);
  if (isLeafType(of)) return name;
  const isPage = isObjectType(of) && 'nodes' in of.getFields();
  return isPage ? `${name} { nodes { __typename } }` : `${name} { __typename }`;
};

/** The calls for one field, each once, with shortened paths. */
const callsFor = async ({ ask }: TestGateway, query: string): Promise<string> => {
  const { extensions, errors } = await ask(query, {}, { ...WORKSPACE, 'x-explain': '2' });
  // One cluster of the sandbox has more connections than can be counted.
  expect((errors ?? []).filter(({ extensions: { code } }) => code !== 'RESULT_TRUNCATED')).toEqual([]);
  const calls = extensions!['explain'].calls as { service: string; method: string; path: string }[];
  const names = calls.map(
    ({ service, method, path }) => `${service} \`${method} ${path.replace(/^.*?\{project_id\}/, '')}\``,
  );
  return [...new Set(names)].toSorted().join('<br>');
};

const rowsOf = async (served: TestGateway, { type: name, found, query }: Source): Promise<string[]> => {
  const type = schema.getType(name) as GraphQLObjectType;
  const fieldsByCalls = new Map<string, string[]>();
  for (const field of Object.keys(type.getFields())) {
    const calls = await callsFor(served, query(selectionOf(type, field)));
    fieldsByCalls.set(calls, [...(fieldsByCalls.get(calls) ?? []), `\`${field}\``]);
  }
  const groups = [...fieldsByCalls].toSorted(([, one], [, other]) => one.length - other.length);
  return groups.map(([calls, fields], at) => {
    const isLargest = at === groups.length - 1;
    const rest = groups.length > 1 ? 'all other fields' : 'all fields';
    return `| ${found} | ${isLargest ? rest : fields.join(', ')} | ${calls} |`;
  });
};

const OPERATIONS = documentedOperations();

test('every operation of the three APIs is in the graph, or left out for a reason', () => {
  const told = [...Object.keys(IN_GRAPH), ...Object.keys(LEFT_OUT)];
  expect(told.toSorted()).toEqual(OPERATIONS.map(({ operationId }) => operationId).toSorted());
});

/** The operations of one list, with what it says of each; services stand above theirs. */
const tableOf = (head: string, texts: Readonly<Record<string, string>>): string => {
  const rows = UPSTREAMS.flatMap(({ name, title }) => {
    const own = OPERATIONS.filter(({ service, operationId }) => service === name && operationId in texts);
    const lines = own.map((one) => `| \`${one.name}\` | ${texts[one.operationId]} |`);
    return lines.length === 0 ? [] : [`| **${title}** | |`, ...lines];
  });
  return [`| REST operation | ${head} |`, '| --- | --- |', ...rows].join('\n');
};

test('the page has the operations of the OpenAPI documents, and the calls that each field makes', async () => {
  const served = await gateway();
  const sources = sourcesIn(await idsIn(served));
  const sections = [];
  for (const type of new Set(sources.map((source) => source.type))) {
    const rows = [];
    for (const source of sources.filter((one) => one.type === type))
      rows.push(...(await rowsOf(served, source)));
    sections.push(
      [`### \`${type}\``, '', '| read from | fields | calls |', '| --- | --- | --- |', ...rows].join('\n'),
    );
  }
  const blocks = {
    operations: tableOf('in the graph', IN_GRAPH),
    'left out': tableOf('left out because', LEFT_OUT),
    calls: sections.join('\n\n'),
  };
  const written = Object.entries(blocks).reduce(
    (page, [name, block]) => replaceBlock(page, name, block),
    readPage(PAGE),
  );
  await expect(written).toMatchFileSnapshot(`../../../${PAGE}`);
});

test('the README counts the operations as the OpenAPI documents do', async () => {
  const rows = UPSTREAMS.map(({ name, title }) => {
    const own = OPERATIONS.filter(({ service }) => service === name);
    const leftOut = own.filter(({ operationId }) => operationId in LEFT_OUT);
    return `| ${title} | ${own.length} | ${own.length - leftOut.length} | ${leftOut.map((one) => `\`${one.name}\``).join(', ')} |`;
  });
  const head = ['| service | operations | in the graph | left out |', '| --- | --- | --- | --- |'];
  const written = replaceBlock(readPage('README.md'), 'operations', [...head, ...rows].join('\n'));
  await expect(written).toMatchFileSnapshot('../../../README.md');
});

const NAMED = Object.values(IN_GRAPH).flatMap((text) =>
  [...text.matchAll(/`([\w.]+)`/g)].map(([, field]) => field!),
);

const ROOTS = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];

const isInSchema = (name: string): boolean => {
  const [type, field] = name.split('.') as [string, string?];
  if (field === undefined) return ROOTS.some((root) => type in root.getFields());
  const owner = schema.getType(type);
  return isObjectType(owner) && field in owner.getFields();
};

test('every field that the page names is in the graph', () => {
  expect(NAMED.filter((name) => !isInSchema(name))).toEqual([]);
});

test('every root field is on the page', () => {
  const fields = ROOTS.flatMap((root) => Object.keys(root.getFields()));
  const [fromRest] = readPage(PAGE).split('\n## From GraphQL to REST');
  expect(fields.filter((name) => !fromRest!.includes(`\`${name}\``))).toEqual([]);
});
