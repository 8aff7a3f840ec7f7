import { getNamedType, type GraphQLObjectType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { gateway } from '../../support/gateway.ts';

/** What the passwords, keys, tokens and connection texts of the sandbox's data sources all contain. */
const CANARY = 'sandbox-secret';
const HEADERS = { 'x-workspace-id': SANDBOX.workspaceId };

const schema = apiSchema();
const DataSource = schema.getType('DataSource') as GraphQLObjectType;

/** Everything that can be selected of a type without arguments, so many objects deep. */
const everyField = (type: GraphQLObjectType, depth: number): string =>
  Object.values(type.getFields())
    .map((field) => {
      const of = getNamedType(field.type);
      if (!isObjectType(of)) return field.name;
      return depth === 0 ? '' : `${field.name} { ${everyField(of, depth - 1)} __typename }`;
    })
    .join(' ');

const EVERYTHING = everyField(DataSource, 2);

const SECRET_NAME = /password|config|url|user_?name|extra|server_?list|token|secret/i;

test('no field of a data source is named after something secret', () => {
  expect(Object.keys(DataSource.getFields()).filter((name) => SECRET_NAME.test(name))).toEqual([]);
});

test('no secret of a data source appears in an answer or a log, whatever is selected', async () => {
  const { ask, sandbox, log } = await gateway();
  const upstream = await fetch(`${sandbox.url}/v1/${SANDBOX.projectId}/connections?all=true`, {
    headers: { ...HEADERS, 'x-auth-token': SANDBOX.token },
  });
  expect(await upstream.text()).toContain(CANARY);

  const all = await ask(`{ dataSources { nodes { ${EVERYTHING} } } }`, {}, HEADERS);
  expect(all.errors).toBeUndefined();
  expect(all.data.dataSources.nodes).toHaveLength(3);
  for (const { dataSourceId, id } of all.data.dataSources.nodes) {
    const one = await ask(
      `query ($of: ID!, $id: ID!) { dataSource(dataSourceId: $of) { ${EVERYTHING} } node(id: $id) { ... on DataSource { ${EVERYTHING} } } }`,
      { of: dataSourceId, id },
      HEADERS,
    );
    expect([one.data.dataSource.id, one.data.node.id]).toEqual([id, id]);
    expect(JSON.stringify(one)).not.toContain(CANARY);
  }
  expect(JSON.stringify(all)).not.toContain(CANARY);
  expect(log.join('\n')).not.toContain(CANARY);
});

test.each([
  {
    what: 'a row without an id beside the secrets',
    fault: { mutate: (body: { page_data: { id: unknown }[] }) => void (body.page_data[0]!.id = null) },
    code: 'UPSTREAM_BAD_RESPONSE',
  },
  {
    what: 'an answer that is not JSON',
    fault: { respond: { status: 200, body: `<p>${CANARY}</p>` } },
    code: 'UPSTREAM_BAD_RESPONSE',
  },
  {
    what: 'a refusal that quotes them',
    fault: {
      respond: { status: 403, body: { error_code: 'DataArtsInsight.20010003', error_msg: CANARY } },
    },
    code: 'FORBIDDEN',
  },
])('nor do they in errors: $what', async ({ fault, code }) => {
  const { ask, sandbox, log } = await gateway();
  sandbox.fault({ path: /\/connections/, ...fault });
  const answer = await ask(`{ dataSources { nodes { ${EVERYTHING} } } }`, {}, HEADERS);
  expect(answer.data).toEqual({ dataSources: null });
  expect(answer.errors).toMatchObject([{ path: ['dataSources'], extensions: { code } }]);
  expect(JSON.stringify(answer)).not.toContain(CANARY);
  expect(log.join('\n')).not.toContain(CANARY);
});
