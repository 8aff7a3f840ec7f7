import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal';
import {
  buildSchema,
  type FieldNode,
  getNamedType,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  introspectionFromSchema,
  isEnumType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  printSchema,
  validate,
  visit,
} from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { apiSchema, subgraphSdl } from '../../src/graphql/schema.ts';
import { type Answer, gateway } from '../support/gateway.ts';
import { subscribe } from '../support/server-sent-events.ts';
import { startUnconfiguredGateway } from '../support/unconfigured-gateway.ts';

const contract = (file: string) => fileURLToPath(new URL(`../../schema/${file}`, import.meta.url));

const API = contract('api.graphql');
const SUBGRAPH = contract('subgraph.graphql');
const SUPERGRAPH = contract('supergraph.yaml');
const PAGE_TYPES = contract('../src/pages/topology/graph/introspection.ts');

const api = apiSchema();

/** What of a change would break clients, in words. */
const breakingChanges = async (before: string, after: string): Promise<string[]> =>
  (await diff(buildSchema(before), buildSchema(after)))
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message }) => `- ${message}`);

/** Why the printed contract may no longer be the committed one. */
const verdict = async (before: string, after: string): Promise<string> => {
  const breaking = await breakingChanges(before, after);
  return breaking.length === 0
    ? 'The contract has changed, and breaks no client. `npm run schema` writes it.'
    : `The contract has changed, and these changes break clients:\n${breaking.join('\n')}\n`;
};

/** The example at the end of a description, with its fence. */
const EXAMPLE = /\n\n```graphql\n([^]+)\n```$/;

/** Definitions whose description is missing, or does not end as a sentence before its example. */
const undescribed = (sdl: string): string[] => {
  const found: string[] = [];
  const path: string[] = [];
  visit(parse(sdl), {
    enter: (node) => {
      if (!('description' in node && 'name' in node)) return;
      path.push(node.name.value);
      if (!/\S\.$/.test(node.description?.value.replace(EXAMPLE, '') ?? '')) found.push(path.join('.'));
    },
    leave: (node) => {
      if ('description' in node && 'name' in node) path.pop();
    },
  });
  return found;
};

const asJson = (query: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});

const fields = Object.values(api.getTypeMap())
  .filter((type) => isObjectType(type) || isInterfaceType(type))
  .filter(({ name }) => !name.startsWith('__'))
  .flatMap((parent) => Object.values(parent.getFields()).map((field) => ({ parent, field })));

test('what frontends see is the committed contract', async () => {
  const printed = `${printSchema(api)}\n`;
  const committed = existsSync(API) ? readFileSync(API, 'utf8') : printed;
  // oxlint-disable-next-line vitest/valid-expect -- the second argument is what the failure says first
  await expect(printed, await verdict(committed, printed)).toMatchFileSnapshot(API);
});

test('the types of the pages are those of the committed contract', async () => {
  const introspection = minifyIntrospection(introspectionFromSchema(api));
  const types = outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true });
  // Without the part that declares it as the only schema of the program.
  const own = types
    .slice(types.indexOf('export type'), types.indexOf('import * as'))
    .replace('export type introspection_types', 'type introspection_types');
  await expect(own.trimEnd() + '\n').toMatchFileSnapshot(PAGE_TYPES);
});

test('what a supergraph composes is the committed contract', async () => {
  await expect(`${subgraphSdl()}\n`).toMatchFileSnapshot(SUBGRAPH);
});

test('breaking changes are told in words, and others are not called breaking', async () => {
  const before = 'type Query { cluster(id: ID!): String name: String }';
  const after = 'type Query { cluster(id: ID!, project: ID!): String state: String }';
  expect(await breakingChanges(before, after)).toEqual([
    "- Field 'name' was removed from object type 'Query'",
    "- Argument 'project: ID!' added to field 'Query.cluster'",
  ]);
  expect(await verdict(before, after)).toContain("these changes break clients:\n- Field 'name' was removed");
  expect(await breakingChanges(before, before.replace('name', 'more: Int name'))).toEqual([]);
});

test('the supergraph configuration names this subgraph and its committed schema', () => {
  const config = z
    .strictObject({
      federation_version: z.string().regex(/^=2\.\d+\.\d+$/),
      subgraphs: z.record(
        z.string(),
        z.strictObject({ routing_url: z.url(), schema: z.strictObject({ file: z.string() }) }),
      ),
    })
    .parse(parseYaml(readFileSync(SUPERGRAPH, 'utf8')));
  const subgraph = config.subgraphs['vpc-endpoint-graph']!;
  expect(new URL(subgraph.routing_url).pathname).toBe('/graphql');
  expect(contract(subgraph.schema.file)).toBe(SUBGRAPH);
});

test('everything has a description that ends as a sentence', () => {
  expect(undescribed('"Said." type A { "said" b("Said." c: Int): Int d: Int }')).toEqual(['A.b', 'A.d']);
  expect(undescribed(printSchema(api))).toEqual([]);
  expect(undescribed(subgraphSdl())).toEqual([]);
});

test('the schema as a whole is described, in words that the printed contract and introspection have', async () => {
  expect(printSchema(api)).toMatch(/^"""\nPrivate access through VPC endpoints[^]+?\n"""\nschema \{/);
  const { ask } = await gateway();
  const { data } = await ask('{ __schema { description } }');
  expect(data.__schema.description).toBe(api.description);
});

test('the description of the schema names fields, headers and types that there are', () => {
  const words = api.description!.match(/(?<=`)\w+(?=`)/g)!;
  const names = new Set([
    ...Object.keys(api.getTypeMap()),
    ...fields.flatMap(({ field }) => [field.name, ...field.args.map(({ name }) => name)]),
    ...Object.keys((api.getType('AddTagsInput') as GraphQLInputObjectType).getFields()),
    ...(api.getType('ErrorCode') as GraphQLEnumType).getValues().map(({ name }) => name),
  ]);
  expect(words.length).toBeGreaterThan(20);
  expect(words.filter((word) => !names.has(word) && !['UNKNOWN', 'Authorization'].includes(word))).toEqual(
    [],
  );
});

test('every custom scalar names its specification', () => {
  const scalars = Object.values(api.getTypeMap()).filter((type) => isScalarType(type));
  const custom = scalars.filter((type) => !isSpecifiedScalarType(type));
  expect(custom.map(({ name }) => name)).toEqual(['DateTime']);
  for (const { specifiedByURL } of custom) expect(specifiedByURL).toMatch(/^https:/);
});

const ROOTS = [api.getQueryType()!, api.getMutationType()!, api.getSubscriptionType()!];

const examples = ROOTS.flatMap((root) =>
  Object.values(root.getFields()).map(({ name, description }) => ({
    name: `${root.name}.${name}`,
    field: name,
    text: EXAMPLE.exec(description ?? '')?.[1] ?? '',
  })),
);

/** User errors, and the root field and fields of its payload that are null. */
const failuresIn = (root: Record<string, unknown> | null): unknown[] => {
  const { userErrors = [], ...rest } = root ?? {};
  const values = 'userErrors' in (root ?? {}) ? Object.values(rest) : [];
  return [...(userErrors as unknown[]), ...[root, ...values].filter((value) => value === null)];
};

test.each(examples)(
  'the description of $name has an example that the sandbox answers',
  async ({ field, text }) => {
    const document = parse(text);
    expect(validate(api, document).map(({ message }) => message)).toEqual([]);
    const { operation, selectionSet } = document.definitions[0] as OperationDefinitionNode;
    expect(selectionSet.selections.map((selection) => (selection as FieldNode).name.value)).toEqual([field]);
    const { url } = await startUnconfiguredGateway();
    const { data, errors } = (
      operation === OperationTypeNode.SUBSCRIPTION
        ? await (await subscribe({ url }, text)).next()
        : await (await fetch(`${url}/graphql`, asJson(text))).json()
    ) as Answer;
    expect(errors).toBeUndefined();
    expect(failuresIn(data[field])).toEqual([]);
  },
);

test('an enum that answers carry has room for values to come, but for the closed ones', () => {
  const enums = new Set(
    fields.map(({ field }) => getNamedType(field.type)).filter((type) => isEnumType(type)),
  );
  const closed = [...enums].filter((type) => !type.getValue('UNKNOWN')).map(({ name }) => name);
  expect(closed.toSorted()).toEqual(['EndpointServiceOwnership', 'ErrorCode']);
});

test('page types are named after the parent and the field that have them', () => {
  const pages = fields.flatMap(({ parent, field }) => {
    const type = getNamedType(field.type);
    return isObjectType(type) && type.getFields()['pageInfo'] ? [{ parent, field, type }] : [];
  });
  expect(pages.length).toBeGreaterThan(5);
  for (const { parent, field, type } of pages) {
    const name = `${parent.name}${field.name[0]!.toUpperCase()}${field.name.slice(1)}`;
    const { edges, nodes, totalCount } = type.getFields();
    expect(type.name).toBe(`${name}Connection`);
    expect(type.name).not.toMatch(/ConnectionConnection/);
    expect(getNamedType(edges!.type).name).toBe(`${name}Edge`);
    expect([String(nodes!.type), String(totalCount!.type)]).toEqual([
      expect.stringMatching(/^\[\w+!\]!$/),
      'Int',
    ]);
    expect(field.args.map((arg) => arg.name)).toEqual(
      expect.arrayContaining(['first', 'after', 'last', 'before']),
    );
  }
});

test('a field whose value can be unknown has the raw text beside it', () => {
  const without = fields.flatMap(({ parent, field }) => {
    const type = getNamedType(field.type);
    const unknown = isEnumType(type) && type.getValue('UNKNOWN');
    return unknown && !parent.getFields()[`${field.name}Raw`] ? [`${parent.name}.${field.name}`] : [];
  });
  // The raw text of a permission's kind is the permission; counts are of several connections.
  expect(without).toEqual(['ConnectionCount.status', 'Permission.kind']);
});
