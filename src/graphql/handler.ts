import type { ServerResponse } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import type { FairShare } from '../capacity/fair-share.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { WriteBuffers } from '../capacity/write-buffers.ts';
import { BadSettings, type Config } from '../config/config.ts';
import { clientError } from '../errors/client-error.ts';
import type { AddressOf } from '../guards/client-address.ts';
import { createLimits } from '../guards/limits/limits.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { CreateContext } from '../request/create-context.ts';
import type { ReadRequest, ServerContext } from '../request/server-context.ts';
import { createExecutionFinder } from './fast-path/execution-request.ts';
import { ANSWERED, createFastPath } from './fast-path/fast-path.ts';
import { createQueryCache } from './fast-path/query-cache.ts';
import { createRevalidatedResponses } from './fast-path/revalidated-responses.ts';
import type { ResultFormatter } from './format-result.ts';
import { auditMutations } from './plugins/audit.ts';
import { unfitOperations } from './plugins/persisted-operations.ts';
import type { useResponseCache } from './plugins/response-cache.ts';
import { servedSchema } from './schema.ts';
import { traceRootFields } from './trace-root-fields.ts';
import { createYogaServer } from './yoga.ts';

/** Answers GraphQL requests whose body was read. */
export type GraphqlHandler = (
  request: ReadRequest,
  response: ServerResponse,
  server: Omit<ServerContext, 'req' | 'res' | 'prepared'>,
) => Promise<void>;

interface Deps {
  addressOf: AddressOf;
  writeBuffers: WriteBuffers;
  /** Cost of the operations that run. */
  cost: FairShare;
  memory: MemoryBudget;
  createContext: CreateContext;
  formatter: ResultFormatter;
  metrics: Pick<Metrics, 'countRepeated'>;
  log: Log;
  /** Missing where responses are not cached. */
  cachePlugin: ReturnType<typeof useResponseCache> | undefined;
}

const isEventStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;

/** Resolves if the client disconnects in the middle of a response, to which `sendNodeResponse` would wait for ever to write on. */
const untilClosed = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once('close', () => {
      if (response.headersSent) resolve();
    });
  });

const NOT_ACCEPTABLE = 406;

/** The body that Yoga leaves out where the client accepts no type that it has. */
const describeNotAcceptable = ({ requestId, codes }: ServerContext['operation']) => {
  const message =
    'Answers are `application/json`, `application/graphql-response+json` or, of subscriptions, `text/event-stream`: the `Accept` ' +
    'header allows none of them.';
  codes.push('BAD_USER_INPUT');
  return {
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ errors: [clientError('BAD_USER_INPUT', message, { requestId })] }),
  };
};

/** The schema as the gateway serves it: audited, and traced where traces are made. */
const createSchema = ({ tracing }: Config) => {
  const schema = servedSchema();
  if (tracing) traceRootFields(schema);
  auditMutations(schema);
  return schema;
};

/**
 * GraphQL over HTTP: the fast path where it can answer, Yoga for everything else.
 * @throws BadSettings if a registered operation does not fit the schema.
 */
export const createGraphqlHandler = (config: Config, deps: Deps): GraphqlHandler => {
  const { writeBuffers, cost, memory, createContext, formatter, metrics } = deps;
  const schema = createSchema(config);
  const limits = createLimits(schema, config.operation, config.sizes);
  const unfit = config.persisted ? unfitOperations(schema, config.persisted.operations) : [];
  if (unfit.length > 0) throw new BadSettings(unfit.map((problem) => `PERSISTED_OPERATIONS: ${problem}`));
  const queries = createQueryCache(schema, memory);
  const yoga = createYogaServer(config, { ...deps, schema, limits, queries });
  const revalidated = config.revalidateAnswers ? createRevalidatedResponses(memory) : undefined;
  // Registered operations are named, and their texts refused: the fast path knows nothing of that.
  const isFast = config.compileQueries && config.cacheTtlMs === 0 && !config.persisted?.only;
  const fastPath = isFast
    ? createFastPath({
        findExecution: createExecutionFinder(queries, limits),
        createContext,
        formatter,
        writeBuffers,
        cost,
        revalidated,
        countRevalidated: metrics.countRepeated,
      })
    : undefined;

  return async (request, response, server) => {
    const prepared = fastPath ? await fastPath.answer(request, response, server) : {};
    if (prepared === ANSWERED) return;
    response.setHeader('x-request-id', server.operation.requestId);
    const context = { req: request, res: response, ...server, prepared };
    const answer = await yoga.handleNodeRequestAndResponse(request, response, context);
    if (response.destroyed) return;
    if (isEventStream(answer)) {
      writeBuffers.track(response, server.tenant);
      await Promise.race([sendNodeResponse(answer, response, request, true), untilClosed(response)]);
      return;
    }
    const { status } = answer;
    const body = await answer.text();
    const content =
      status === NOT_ACCEPTABLE && body === ''
        ? describeNotAcceptable(server.operation)
        : { headers: Object.fromEntries(answer.headers), body };
    writeBuffers.send(response, { status, ...content }, server.tenant);
  };
};
