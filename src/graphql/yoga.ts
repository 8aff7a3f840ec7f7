import { type DocumentNode, NoSchemaIntrospectionCustomRule } from 'graphql';
import { sendNodeResponse } from '@whatwg-node/server';
import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { createKnownQueries } from './fast-path/query-cache.ts';
import { createDirect } from './fast-path/fast-path.ts';
import { createGivenAnswers } from './fast-path/revalidated-responses.ts';
import { createTasks } from './fast-path/execution-request.ts';
import { BadSettings, type Config } from '../config/config.ts';
import type { Context } from '../request/context.ts';
import type { ServerResponse } from 'node:http';
import { servedSchema } from './schema.ts';
import { createLimits } from '../guards/limits/limits.ts';
import { unfitOperations, usePersistedOperations } from './plugins/persisted-operations.ts';
import type { AddressOf } from '../guards/client-address.ts';
import type { FairShare } from '../capacity/fair-share.ts';
import type { Log } from '../observability/log.ts';
import { bytesOfDocument } from '../errors/source-locations.ts';
import type { Memory } from '../capacity/memory-budget.ts';
import type { Metrics } from '../observability/metrics.ts';
import { auditMutations, useAudit } from './plugins/audit.ts';
import type { useAnswerCache } from './plugins/response-cache.ts';
import { useGraphqlCodes } from './plugins/error-codes.ts';
import { useCostLimit } from './plugins/cost-limit.ts';
import { useEventStream } from './plugins/event-stream.ts';
import { useGraphqlExecution } from './plugins/execution.ts';
import { useOperation } from './plugins/operation-info.ts';
import { useResults } from './plugins/format-result.ts';
import type { Asking } from '../request/create-context.ts';
import type { Outbox } from '../capacity/write-buffers.ts';
import type { Results } from './format-result.ts';
import type { ReadRequest, ServerContext } from '../request/server-context.ts';
import { traceRootFields } from './trace-root-fields.ts';

/** Documents change with a new version of a client. */
const DOCUMENTS_MS = 60 * 60_000;

/** What a refused document leaves behind: its message and where it is, for each of its mistakes. */
const BYTES_OF_AN_ERROR = 2_000;

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

const isEventStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;

/** Who has a say in it. */
interface Parts {
  addressOf: AddressOf;
  outbox: Outbox;
  cost: FairShare;
  memory: Memory;
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
  { addressOf, outbox, cost, memory, contextOf, results, metrics, log, cachePlugin }: Parts,
) => {
  const schema = servedSchema();
  if (config.tracing) traceRootFields(schema);
  auditMutations(schema);
  const limits = createLimits(schema, config.operation, config.sizes);
  const unfit = config.persisted ? unfitOperations(schema, config.persisted.operations) : [];
  if (unfit.length > 0) throw new BadSettings(unfit.map((problem) => `PERSISTED_OPERATIONS: ${problem}`));
  const known = createKnownQueries(schema, memory);
  const yoga = createYoga<ServerContext, Context>({
    schema,
    context: ({ req, request, operation, subject, tenant }: YogaInitialContext & ServerContext) =>
      contextOf({ headers: req.headers, signal: request.signal, subject, tenant, operation }),
    graphiql: false,
    landingPage: false,
    multipart: false,
    parserAndValidationCache: {
      documentCache: memory.keep<DocumentNode>({
        name: 'parsed_documents',
        share: 20,
        maxAgeMs: DOCUMENTS_MS,
        sizeOf: bytesOfDocument,
      }),
      errorCache: memory.keep<unknown[]>({
        name: 'parse_errors',
        share: 2,
        maxAgeMs: DOCUMENTS_MS,
        sizeOf: () => BYTES_OF_AN_ERROR,
      }),
    },
    // The body was measured before it came here; the server's own limit pipes every body through a transform.
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
      useGraphqlExecution(),
      ...(config.persisted ? usePersistedOperations(config.persisted) : []),
      useAudit(log, addressOf),
      limits.plugin,
      useGraphqlCodes(),
      useOperation(known),
      useCostLimit(cost),
      useResults(results),
      useEventStream(),
      ...(cachePlugin ? [cachePlugin] : []),
      ...(config.introspection ? [] : [useNoIntrospection()]),
    ],
  });
  // Registered operations are named, and their texts refused: nothing of that is known on the direct way.
  const isDirect = config.compileQueries && config.cacheTtlMs === 0 && !config.persisted?.only;
  const given = config.revalidateAnswers ? createGivenAnswers(memory, metrics.countRepeated) : undefined;
  const taskOf = createTasks(known, limits);
  const direct = isDirect ? createDirect({ taskOf, contextOf, results, outbox, cost, given }) : undefined;

  return async (
    request: ReadRequest,
    response: ServerResponse,
    asked: Omit<ServerContext, 'req' | 'res'>,
  ): Promise<void> => {
    if (await direct?.answer(request, response, asked)) return;
    response.setHeader('x-request-id', asked.operation.requestId);
    const answer = await yoga.handleNodeRequestAndResponse(request, response, {
      req: request,
      res: response,
      ...asked,
    });
    if (response.destroyed) return;
    if (isEventStream(answer)) {
      outbox.follow(response, asked.tenant);
      await Promise.race([sendNodeResponse(answer, response, request, true), brokenOff(response)]);
      return;
    }
    const headers = Object.fromEntries(answer.headers);
    outbox.send(response, { status: answer.status, headers, body: await answer.text() }, asked.tenant);
  };
};
