import { type DocumentNode, type GraphQLSchema, NoSchemaIntrospectionCustomRule } from 'graphql';
import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { FairShare } from '../capacity/fair-share.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { Config } from '../config/config.ts';
import { bytesOfDocument } from '../errors/source-locations.ts';
import type { AddressOf } from '../guards/client-address.ts';
import type { Limits } from '../guards/limits/limits.ts';
import type { Log } from '../observability/log.ts';
import { readCaller } from '../request/caller.ts';
import type { Context } from '../request/context.ts';
import type { CreateContext } from '../request/create-context.ts';
import type { ServerContext } from '../request/server-context.ts';
import type { QueryCache } from './fast-path/query-cache.ts';
import type { ResultFormatter } from './format-result.ts';
import { useAudit } from './plugins/audit.ts';
import { useWaitForCapacity } from './plugins/wait-for-capacity.ts';
import { useErrorCodes } from './plugins/syntax-error-codes.ts';
import { useEventStream } from './plugins/event-stream.ts';
import { useGraphqlExecution } from './plugins/execution.ts';
import { useResultFormatter } from './plugins/format-result.ts';
import { useOperationInfo } from './plugins/operation-info.ts';
import { useParsedBody } from './plugins/reuse-parsed-body.ts';
import { usePersistedOperations } from './plugins/persisted-operations.ts';
import type { useResponseCache } from './plugins/response-cache.ts';

/** Documents change with a new version of a client. */
const DOCUMENTS_MS = 60 * 60_000;

/** A refused document leaves a message and a place for each of its mistakes. */
const BYTES_OF_AN_ERROR = 2_000;

const useNoIntrospection = (): Plugin => ({
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
});

interface Deps {
  schema: GraphQLSchema;
  limits: Limits;
  queries: QueryCache;
  createContext: CreateContext;
  addressOf: AddressOf;
  /** Cost of the operations that run. */
  cost: FairShare;
  memory: MemoryBudget;
  formatter: ResultFormatter;
  log: Log;
  /** Missing where responses are not cached. */
  cachePlugin: ReturnType<typeof useResponseCache> | undefined;
}

/** Yoga with the plugins of the gateway, in the order in which they see an operation. */
export const createYogaServer = (
  config: Pick<Config, 'basePath' | 'persisted' | 'introspection'>,
  { schema, limits, queries, createContext, addressOf, cost, memory, formatter, log, cachePlugin }: Deps,
) =>
  createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: `${config.basePath}/graphql`,
    context: ({ req, operation, subject, tenant, prepared }: YogaInitialContext & ServerContext) =>
      prepared.context ??
      createContext({
        caller: prepared.caller ?? readCaller(req.headers, operation.requestId, operation.clientAbort),
        subject,
        tenant,
        operation,
      }),
    graphiql: false,
    landingPage: false,
    multipart: false,
    parserAndValidationCache: {
      documentCache: memory.createCache<DocumentNode>({
        name: 'parsed_documents',
        share: 20,
        maxAgeMs: DOCUMENTS_MS,
        sizeOf: bytesOfDocument,
      }),
      errorCache: memory.createCache<unknown[]>({
        name: 'parse_errors',
        share: 2,
        maxAgeMs: DOCUMENTS_MS,
        sizeOf: () => BYTES_OF_AN_ERROR,
      }),
    },
    // The server has measured the body; Yoga's own limit pipes every body through a transform.
    maxRequestBodySize: false,
    cors: false,
    maskedErrors: {
      // Errors are masked, and logged, with the result that they are in.
      maskError: (error) => (error instanceof Error ? error : new Error('Not an error', { cause: error })),
    },
    logging: {
      debug: (...words: unknown[]) => log.debug(words.map(String).join(' ')),
      info: (...words: unknown[]) => log.info(words.map(String).join(' ')),
      warn: (...words: unknown[]) => log.warn(words.map(String).join(' ')),
      error: (...words: unknown[]) => log.error(words.map(String).join(' ')),
    },
    plugins: [
      useParsedBody(),
      useGraphqlExecution(),
      ...(config.persisted ? usePersistedOperations(config.persisted) : []),
      useAudit(log, addressOf),
      limits.plugin,
      useErrorCodes(),
      useOperationInfo(queries),
      useWaitForCapacity(cost),
      useResultFormatter(formatter),
      useEventStream(),
      ...(cachePlugin ? [cachePlugin] : []),
      ...(config.introspection ? [] : [useNoIntrospection()]),
    ],
  });
