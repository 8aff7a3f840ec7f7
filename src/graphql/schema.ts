import { statSync } from 'node:fs';
import { contractFile, readContract } from './contract.ts';
import { printSubgraphSchema } from '@apollo/subgraph';
import {
  defaultFieldResolver,
  getNamedType,
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
import { withContractTags } from './contract-tags.ts';
import { SCHEMA_DESCRIPTION } from './schema-description.ts';
import { withOpaqueIds } from '../graph/opaque-ids.ts';
import { longText, costPerValueOf } from '../guards/limits/cost-hints.ts';
import { UPSTREAMS } from '../upstreams/services.ts';

// One after the other and links last: the order decides that of the root fields in the contract.
for (const { loadGraph } of UPSTREAMS.toSorted((a, b) => (a.name < b.name ? -1 : 1))) await loadGraph();
await import('../links/index.ts');

/** A version of the federation specification that all common composers support. */
const LINK_URL = 'https://specs.apollo.dev/federation/v2.6';

type QueryFields = GraphQLFieldConfigMap<unknown, Context>;

const withQueryFields = (
  schema: GraphQLSchema,
  change: (fields: QueryFields) => QueryFields,
): GraphQLSchema => {
  const query = schema.getQueryType()!.toConfig();
  // The printer would use `astNode`, which still has the old fields.
  const changed = new GraphQLObjectType({ ...query, astNode: null, fields: change(query.fields) });
  const { types, ...config } = schema.toConfig();
  return new GraphQLSchema({
    ...config,
    query: changed,
    types: types.filter(({ name }) => name !== changed.name),
  });
};

const withDescription = (schema: GraphQLSchema): GraphQLSchema => {
  schema.description = SCHEMA_DESCRIPTION;
  return schema;
};

/** The schema for frontends, in alphabetical order. */
export const apiSchema = (): GraphQLSchema => withDescription(builder.toSchema());

const buildSubgraph = () =>
  builder.toSubGraphSchema({ linkUrl: LINK_URL, federationDirectives: ['@key', '@shareable', '@tag'] });

/**
 * The schema for the composition of a supergraph. It has no `node` and `nodes`: root fields of these names collide with those of other
 * subgraphs, and a router that merges them would query the wrong one.
 */
export const subgraphSdl = (): string =>
  withContractTags(
    printSubgraphSchema(
      withQueryFields(buildSubgraph(), ({ node: _node, nodes: _nodes, ...fields }) => fields),
    ),
  );

/** The fields of a page whose resolvers, those of the Relay plugin, only return a property of the page or of an edge. */
const fieldsOfPage = ({ pageInfo, edges, nodes }: ReturnType<GraphQLObjectType['getFields']>) => {
  if (!pageInfo || !edges || !nodes) return [];
  const { node } = (getNamedType(edges.type) as GraphQLObjectType).getFields();
  return [pageInfo, edges, nodes, node!];
};

/** Removes resolvers that only return a property, in place: executors read a property without a function call. */
const withPlainFields = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    for (const field of Object.values(fields))
      if (field.resolve === defaultFieldResolver) delete field.resolve;
    for (const field of fieldsOfPage(fields)) delete field.resolve;
  }
  return schema;
};

type Resolver = GraphQLFieldResolver<unknown, Context>;

const withBoundedError = (resolve: Resolver): Resolver => {
  const bounded: Resolver = (parent, args, context, info) => {
    try {
      const value = resolve(parent, args, context, info);
      return value instanceof Promise
        ? value.catch((error: unknown) => context.fieldErrors.throwOrCount(error, codeOf))
        : value;
    } catch (error) {
      return context.fieldErrors.throwOrCount(error, codeOf);
    }
  };
  // As the resolver: the fast path makes no `info` for one that declares none.
  return Object.defineProperty(bounded, 'length', { value: resolve.length });
};

/** Limits the errors of an answer in the resolvers, in place: an error in the executor costs as much CPU time as several values. */
const withBoundedErrors = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (field.resolve && !isNonNullType(field.type)) field.resolve = withBoundedError(field.resolve);
  }
  return schema;
};

/** The served schema: that of frontends, with the two root fields of federation. */
export const servedSchema = (): GraphQLSchema => {
  let sdl: string | undefined;
  const served = withQueryFields(buildSubgraph(), ({ _service, _entities, ...fields }) => ({
    ...fields,
    _service: {
      ..._service!,
      // Read, not printed: printing would take a third of the start-up time.
      resolve: () => ({ sdl: (sdl ??= readContract('subgraph')) }),
    },
    _entities: {
      ..._entities!,
      extensions: { ..._entities!.extensions, ...costPerValueOf('representations') },
      resolve: resolveEntities,
    },
  }));
  const { sdl: sdlField } = (served.getType('_Service') as GraphQLObjectType).getFields();
  sdlField!.extensions = longText(statSync(contractFile('subgraph')).size);
  return withDescription(withBoundedErrors(withOpaqueIds(withPlainFields(served))));
};
