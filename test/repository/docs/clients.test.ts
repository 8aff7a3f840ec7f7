import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  buildSchema,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  parse as parseGraphql,
  printSchema,
  specifiedRules,
  validate,
} from 'graphql';
import { type Environment, fetchQuery, requestSubscription } from 'relay-runtime';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { apiSchema } from '../../../src/graphql/schema.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import { requestOf } from '../../clients/relay.ts';
import { blocksIn } from '../../support/docs.ts';
import { gateway } from '../../support/gateway.ts';
import { typeErrorsIn, writeModules } from '../../support/tsc.ts';

const blocks = (language: string) => blocksIn(language).filter(({ page }) => page === 'docs/clients.md');
const FILES = Object.fromEntries(blocks('ts').map(({ title, text }) => [title.replace('// ', ''), text]));
const schema = apiSchema();
const OBJECTS = Object.values(schema.getTypeMap()).filter(
  (type) => isObjectType(type) && !type.name.startsWith('__'),
);

test('the code of the page is free of errors of types', () => {
  expect(Object.keys(FILES)).toEqual(['events.ts', 'wait.ts', 'apollo.ts', 'urql.ts', 'environment.ts']);
  expect(typeErrorsIn(FILES)).toEqual([]);
  expect(
    typeErrorsIn({
      ...FILES,
      'urql.ts': FILES['urql.ts']!.replace('relayPagination()', 'relayPagination(1)'),
    }),
  ).not.toEqual([]);
});

/** `Type.field` of every list. */
const LISTS = OBJECTS.flatMap((type) =>
  isObjectType(type)
    ? Object.values(type.getFields())
        .filter(
          (field) =>
            /Connection!?$/.test(field.type.toString()) && field.args.some(({ name }) => name === 'after'),
        )
        .map((field) => ({ type: type.name, field: field.name }))
    : [],
);

test.each(['apollo.ts', 'urql.ts'])('%s merges the pages of every list', (name) => {
  expect(LISTS.length).toBeGreaterThan(8);
  const merged = LISTS.filter(({ type, field }) =>
    new RegExp(`\\b${type}: \\{(?:[^}]|\\{[^}]*\\})*?\\b${field}: pages\\b`).test(FILES[name]!),
  );
  expect(merged).toEqual(LISTS);
});

test('urql is told of every type without an id', () => {
  const isKnown = /^(Query|Mutation|Subscription|PageInfo)$|(Connection|Edge|Payload)$/;
  const names = OBJECTS.filter(
    (type) => isObjectType(type) && !('id' in type.getFields()) && !isKnown.test(type.name),
  ).map(({ name }) => name);
  const keys = /keys: \{([^]*?)\n {6}\},/.exec(FILES['urql.ts']!)![1]!;
  expect([...keys.matchAll(/^\s+(\w+):/gm)].map(([, name]) => name!).toSorted()).toEqual(names.toSorted());
});

test('the environment of Relay reads and subscribes', async () => {
  const { url } = await gateway();
  const files = Object.entries(FILES).map(([name, text]) => [
    name,
    text.replaceAll('http://127.0.0.1:4000', url).replaceAll("process.env.TOKEN ?? ''", `'${SANDBOX.token}'`),
  ]);
  const file = pathToFileURL(join(writeModules(Object.fromEntries(files)), 'environment.ts'));
  const { environment } = (await import(/* @vite-ignore */ file.href)) as { environment: Environment };
  const read = requestOf(
    'query First { clusters(first: 1) { __typename edges { __typename node { __typename id name } } } }',
  );
  const data = await fetchQuery(environment, read, { after: null }).toPromise();
  expect(data).toMatchObject({ clusters: { edges: [{ node: { name: expect.any(String) } }] } });

  const watched = `connectionStatusChanged(parent: { clusterId: "9693b2ec-732c-481a-8b9d-cf8c8dd642f8" }, endpointIds: ["7860240d-fc33-40b6-85db-abd245fbfa5d"])`;
  const request = requestOf(`subscription Changes { ${watched} { __typename id status } }`);
  const subscription = { ...request, params: { ...request.params, operationKind: 'subscription' as const } };
  const events = await new Promise<unknown[]>((resolve, reject) => {
    const seen: unknown[] = [];
    requestSubscription(environment, {
      subscription,
      variables: {},
      onNext: (event) => seen.push(event),
      onCompleted: () => resolve(seen),
      onError: reject,
    });
  });
  expect(events[0]).toMatchObject({ connectionStatusChanged: { status: 'PENDING_ACCEPTANCE' } });
});

/** What Relay's compiler adds to a schema. */
const RELAY = `
  directive @argumentDefinitions(count: RelayArgument, cursor: RelayArgument) on FRAGMENT_DEFINITION
  directive @refetchable(queryName: String!) on FRAGMENT_DEFINITION
  directive @connection(key: String!, filters: [String!]) on FIELD
  input RelayArgument { type: String!, defaultValue: Int }
`;

test('the fragment of Relay fits the schema, on a type that can be asked again', () => {
  const [{ text } = { text: '' }] = blocks('graphql');
  const withRelay = buildSchema(`${printSchema(schema)}${RELAY}`);
  const rules = specifiedRules.filter(({ name }) => name !== 'NoUnusedFragmentsRule');
  const errors = validate(withRelay, parseGraphql(text), rules).map(({ message }) => message);
  expect(errors).toEqual([]);
  const type = schema.getType(/ on (\w+)/.exec(text)![1]!);
  expect(isObjectType(type) && type.getInterfaces().map(({ name }) => name)).toContain('Node');
});

const SCALARS = Object.values(schema.getTypeMap())
  .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
  .map(({ name }) => name);

test('the code generators know the schema and its scalars', () => {
  const [relay, tada] = blocks('json').map(({ text }) => JSON.parse(text));
  const [codegen] = blocks('yaml').map(({ text }) => parseYaml(text));
  expect([relay.schema, tada.compilerOptions.plugins[0].schema, codegen.schema]).toEqual(
    Array(3).fill('./schema/api.graphql'),
  );
  expect(Object.keys(relay.customScalarTypes)).toEqual(SCALARS);
  const [generated] = Object.values<Record<string, unknown>>(codegen.generates);
  expect(generated).toMatchObject({ preset: 'client', config: { scalars: { DateTime: 'string' } } });
});

const Router = z.strictObject({
  supergraph: z.strictObject({ listen: z.string() }),
  headers: z.strictObject({
    subgraphs: z.record(
      z.string(),
      z.strictObject({
        request: z.array(z.strictObject({ propagate: z.strictObject({ named: z.string() }) })),
      }),
    ),
  }),
});

test('the router forwards the headers that the gateway reads, to the subgraph that the supergraph names', () => {
  const router = Router.parse(parseYaml(blocks('yaml')[1]!.text));
  const { subgraphs } = parseYaml(
    readFileSync(new URL('../../../schema/supergraph.yaml', import.meta.url), 'utf8'),
  );
  expect(Object.keys(router.headers.subgraphs)).toEqual(Object.keys(subgraphs));
  const [{ request } = { request: [] }] = Object.values(router.headers.subgraphs);
  expect(request.map(({ propagate }) => propagate.named)).toEqual(['x-auth-token', 'x-workspace-id']);
});
