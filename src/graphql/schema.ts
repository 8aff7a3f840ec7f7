import { readFileSync, statSync } from 'node:fs';
import { printSubgraphSchema } from '@apollo/subgraph';
import {
  defaultFieldResolver,
  type GraphQLFieldConfigMap,
  type GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLSchema,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Context } from '../request/context.ts';
import { codeOf } from '../graph/mask-error.ts';
import { builder } from '../graph/builder.ts';
import { resolveEntities } from '../graph/entity.ts';
import { longText, costPerValueOf } from '../guards/limits/cost-hints.ts';
import { UPSTREAMS } from '../upstreams/services.ts';

// One after the other and links last: the order decides that of the root fields in the contract.
for (const { loadGraph } of UPSTREAMS.toSorted((a, b) => (a.name < b.name ? -1 : 1))) await loadGraph();
await import('../links/index.ts');

/** A version of the federation specification that every composer in use takes. */
const LINK_URL = 'https://specs.apollo.dev/federation/v2.6';

type QueryFields = GraphQLFieldConfigMap<unknown, Context>;

const withQueryFields = (
  schema: GraphQLSchema,
  change: (fields: QueryFields) => QueryFields,
): GraphQLSchema => {
  const query = schema.getQueryType()!.toConfig();
  // The printer prefers a syntax tree where a type has one, and that one still has the old fields.
  const changed = new GraphQLObjectType({ ...query, astNode: null, fields: change(query.fields) });
  const { types, ...config } = schema.toConfig();
  return new GraphQLSchema({
    ...config,
    query: changed,
    types: types.filter(({ name }) => name !== changed.name),
  });
};

/** The graph as frontends see it, in alphabetical order. */
export const apiSchema = (): GraphQLSchema => builder.toSchema();

const federated = () => builder.toSubGraphSchema({ linkUrl: LINK_URL });

/**
 * What a supergraph composes. `node` and `nodes` are left out: root fields of these names collide with those of other
 * subgraphs, and a router that takes them for the same asks the wrong one.
 */
export const subgraphSdl = (): string =>
  printSubgraphSchema(withQueryFields(federated(), ({ node: _node, nodes: _nodes, ...fields }) => fields));

/** Fields that only give a property are left to whoever runs the query, which needs no function call then. */
const withPlainFields = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (field.resolve === defaultFieldResolver) delete field.resolve;
  }
  return schema;
};

type Resolver = GraphQLFieldResolver<unknown, Context>;

const bounded =
  (resolve: Resolver): Resolver =>
  (parent, args, context, info) => {
    const failed = (error: unknown) => context.fieldErrors.throwOrCount(error, codeOf);
    try {
      const value = resolve(parent, args, context, info);
      return value instanceof Promise ? value.catch(failed) : value;
    } catch (error) {
      return failed(error);
    }
  };

/** Bounds the errors of an answer where they arise: each one that reaches the executor costs as much as some values. */
const withBoundedErrors = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (field.resolve && !isNonNullType(field.type)) field.resolve = bounded(field.resolve);
  }
  return schema;
};

const CONTRACT = new URL('../../schema/subgraph.graphql', import.meta.url);

/** The printed contract, which a test holds to what is served: printing it anew would take a third of the start. */
const printedSdl = (): string => readFileSync(CONTRACT, 'utf8');

/** What is served: the graph of the frontends, and the two fields through which a supergraph uses it. */
export const servedSchema = (): GraphQLSchema => {
  let sdl: string | undefined;
  const served = withQueryFields(federated(), ({ _service, _entities, ...fields }) => ({
    ...fields,
    _service: { ..._service!, resolve: () => ({ sdl: (sdl ??= printedSdl()) }) },
    _entities: {
      ..._entities!,
      extensions: { ..._entities!.extensions, ...costPerValueOf('representations') },
      resolve: resolveEntities,
    },
  }));
  const { sdl: sdlField } = (served.getType('_Service') as GraphQLObjectType).getFields();
  sdlField!.extensions = longText(statSync(CONTRACT).size);
  return withBoundedErrors(withPlainFields(served));
};
