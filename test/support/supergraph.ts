import { composeServices as composeWithApollo } from '@apollo/composition';
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { composeServices as composeWithGuild } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } from '@wundergraph/composition';
import { type GraphQLFormattedError, parse } from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { subgraphSdl } from '../../src/graphql/schema.ts';

/** One graph of a supergraph. */
export interface Subgraph {
  name: string;
  sdl: string;
}

const fixture = (name: string): Subgraph => ({
  name,
  sdl: readFileSync(new URL(`../fixtures/federation/${name}.graphql`, import.meta.url), 'utf8'),
});

export const ours: Subgraph = { name: 'vpc-endpoint-graph', sdl: subgraphSdl() };
/** Knows clusters and services by their natural keys; pages, and has `node` of its own. */
export const reviews = fixture('reviews');
/** Knows clusters and whitelist records by their opaque ids. */
export const bookmarks = fixture('bookmarks');

const services = (subgraphs: readonly Subgraph[], url = 'http://subgraph.invalid') =>
  subgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: `${url}/graphql` }));

const messages = (errors: readonly Error[] = []) => errors.map(({ message }) => message);

/** Composers of supergraphs; each gives its composition errors, none if it composes the subgraphs. */
export const composers: Record<string, (subgraphs: readonly Subgraph[]) => string[]> = {
  '@apollo/composition': (subgraphs) => messages(composeWithApollo(services(subgraphs)).errors),
  '@theguild/federation-composition': (subgraphs) => messages(composeWithGuild(services(subgraphs)).errors),
  '@wundergraph/composition': (subgraphs) => {
    const result = federateSubgraphs({
      subgraphs: services(subgraphs).map(({ name, typeDefs, url }) => ({ name, url, definitions: typeDefs })),
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    });
    return result.success ? [] : messages(result.errors);
  },
};

/** A response body of the supergraph. */
export interface SupergraphAnswer {
  data?: any; // oxlint-disable-line typescript/no-explicit-any
  errors?: readonly GraphQLFormattedError[];
}

/** The rows of the other subgraphs. */
export interface NeighbourRows {
  reviews?: object[];
  bookmarks?: object[];
  /** The node that the reviews answer for any id. */
  node?: object;
}

const owner = ({ clusterId }: { clusterId: string }) => `team of ${clusterId}`;

const neighbour = ({ sdl }: Subgraph, rows: NeighbourRows): LocalGraphQLDataSource => {
  const query = {
    reviews: () => ({ nodes: rows.reviews, pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
    bookmarks: () => rows.bookmarks,
    node: () => rows.node,
  };
  return new LocalGraphQLDataSource(
    buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: { Query: query, Cluster: { owner } } }),
  );
};

/** The packages of a Hive Gateway: `npm ci` in the folder beside them installs them. */
const HIVE_PACKAGES = join(import.meta.dirname, '../clients/hive/node_modules');
export const isHiveInstalled = existsSync(HIVE_PACKAGES);

interface HiveGateway extends AsyncDisposable {
  fetch: (url: string, request: RequestInit) => Promise<Response>;
}

interface HiveModule {
  createGatewayRuntime: (config: object) => HiveGateway;
}

/** A Hive Gateway over our subgraph, and one beside it that is never asked. The caller's token goes on to ours. */
export const startHiveGateway = async (url: string) => {
  const { createGatewayRuntime } = (await import(
    pathToFileURL(join(HIVE_PACKAGES, '@graphql-hive/gateway-runtime/dist/index.js')).href
  )) as HiveModule;
  const { supergraphSdl } = composeWithApollo(services([ours, reviews], url));
  const hive = createGatewayRuntime({
    supergraph: supergraphSdl!,
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }: { request: Request }) => ({
        'x-auth-token': request.headers.get('x-auth-token') ?? '',
      }),
    },
  });
  onTestFinished(async () => hive[Symbol.asyncDispose]());
  return async (query: string, token: string): Promise<SupergraphAnswer> => {
    const response = await hive.fetch('http://supergraph/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as SupergraphAnswer;
  };
};

/** An Apollo Gateway over our subgraph and its neighbours. The caller's token goes on to ours. */
export const supergraph = async (url: string, rows: NeighbourRows) => {
  const { supergraphSdl } = composeWithApollo(services([ours, reviews, bookmarks]));
  const sent: unknown[] = [];
  const remote = new RemoteGraphQLDataSource<{ token?: string }>({
    url: `${url}/graphql`,
    willSendRequest: ({ request, context }) => {
      sent.push(...((request.variables?.['representations'] as unknown[]) ?? []));
      if (context.token) request.http?.headers.set('x-auth-token', context.token);
    },
  });
  const router = new ApolloGateway({
    supergraphSdl: supergraphSdl!,
    buildService: ({ name }) =>
      name === ours.name ? remote : neighbour(name === reviews.name ? reviews : bookmarks, rows),
  });
  const server = new ApolloServer<{ token?: string }>({ gateway: router });
  await server.start();
  onTestFinished(() => server.stop());
  return {
    /** The representations that the gateway has sent to our subgraph. */
    sent,
    ask: async (query: string, token?: string): Promise<SupergraphAnswer> => {
      const { body } = await server.executeOperation(
        { query },
        { contextValue: token === undefined ? {} : { token } },
      );
      if (body.kind !== 'single') throw new Error('The answer came in parts.');
      return body.singleResult;
    },
  };
};
