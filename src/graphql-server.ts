import { NoSchemaIntrospectionCustomRule } from 'graphql';
import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { createKnownQueries } from './direct/known-queries.ts';
import { createDirect } from './direct/direct.ts';
import { createGivenAnswers } from './direct/given-answers.ts';
import { createTasks } from './direct/task.ts';
import { BadSettings, type Config } from './config.ts';
import type { Context } from './context.ts';
import { isUnexpected } from './errors.ts';
import type { ServerResponse } from 'node:http';
import { servedSchema } from './graph/schema.ts';
import { createTextCache } from './text-cache.ts';
import { createLimits } from './guards/limits.ts';
import { unfitOperations, usePersistedOperations } from './guards/persisted-operations.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { useAnswerCache } from './plugins/answer-cache.ts';
import { useGraphqlCodes } from './plugins/codes.ts';
import { useEventStream } from './plugins/event-stream.ts';
import { useGraphqlExecution } from './plugins/execution.ts';
import { useOperation } from './plugins/operation.ts';
import { useResults } from './plugins/result.ts';
import type { Asking } from './request-context.ts';
import type { Results } from './result.ts';
import type { ReadRequest, ServerContext } from './server-context.ts';
import { traceRootFields } from './tracing/root-fields.ts';

/** Of the documents that are kept parsed: some hundreds of usual ones, and 120 MB of the costliest. */
const CACHED_CHARACTERS = 500_000;

const useNoIntrospection = (): Plugin => ({
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
});

/** The server behind waits for ever to write on, once the caller hung up in the midst of his answer. */
const brokenOff = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once('close', () => {
      if (response.headersSent) resolve();
    });
  });

/** Who has a say in it. */
interface Parts {
  contextOf: (asking: Asking) => Context;
  results: Results;
  metrics: Pick<Metrics, 'countRepeated'>;
  log: Log;
  /** Where answers are kept; they are not without it. */
  cachePlugin: ReturnType<typeof useAnswerCache> | undefined;
}

/** GraphQL over HTTP: the graph behind `/graphql`. */
export const createGraphqlServer = (
  config: Config,
  { contextOf, results, metrics, log, cachePlugin }: Parts,
) => {
  const schema = servedSchema();
  if (config.tracing) traceRootFields(schema);
  const limits = createLimits(schema, config.operation, config.sizes);
  const unfit = config.persisted ? unfitOperations(schema, config.persisted.operations) : [];
  if (unfit.length > 0) throw new BadSettings(unfit.map((problem) => `PERSISTED_OPERATIONS: ${problem}`));
  const known = createKnownQueries(schema);
  const yoga = createYoga<ServerContext, Context>({
    schema,
    context: ({ req, request, operation, subject }: YogaInitialContext & ServerContext) =>
      contextOf({ headers: req.headers, signal: request.signal, subject, operation }),
    graphiql: false,
    landingPage: false,
    multipart: false,
    parserAndValidationCache: {
      documentCache: createTextCache(CACHED_CHARACTERS),
      errorCache: createTextCache(CACHED_CHARACTERS),
    },
    // The body was measured before it came here; the server's own limit pipes every body through a transform.
    maxRequestBodySize: false,
    cors: false,
    maskedErrors: {
      maskError: (error) => {
        if (isUnexpected(error)) log.error({ err: error }, 'unexpected error');
        return error instanceof Error ? error : new Error('Not an error', { cause: error });
      },
    },
    logging: {
      debug: (...words: unknown[]) => log.debug(words.map(String).join(' ')),
      info: (...words: unknown[]) => log.info(words.map(String).join(' ')),
      warn: (...words: unknown[]) => log.warn(words.map(String).join(' ')),
      error: (...words: unknown[]) => log.error(words.map(String).join(' ')),
    },
    plugins: [
      useGraphqlExecution(),
      ...(config.persisted ? usePersistedOperations(config.persisted) : []),
      limits.plugin,
      useGraphqlCodes(),
      useOperation(known),
      useResults(results),
      useEventStream(),
      ...(cachePlugin ? [cachePlugin] : []),
      ...(config.introspection ? [] : [useNoIntrospection()]),
    ],
  });
  // Registered operations are named, and their texts refused: nothing of that is known on the direct way.
  const isDirect = config.compileQueries && config.cacheTtlMs === 0 && !config.persisted?.only;
  const given = config.revalidateAnswers ? createGivenAnswers(metrics.countRepeated) : undefined;
  const taskOf = createTasks(known, limits);
  const direct = isDirect ? createDirect({ taskOf, contextOf, results, log, given }) : undefined;

  return async (
    request: ReadRequest,
    response: ServerResponse,
    { operation, subject, subscribed }: Omit<ServerContext, 'req' | 'res'>,
  ): Promise<void> => {
    if (await direct?.answer(request, response, { operation, subject })) return;
    response.setHeader('x-request-id', operation.requestId);
    await Promise.race([yoga(request, response, { operation, subject, subscribed }), brokenOff(response)]);
  };
};
