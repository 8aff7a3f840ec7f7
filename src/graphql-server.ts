import { type ExecutionResult, GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql';
import {
  createYoga,
  isAsyncIterable,
  mapAsyncIterator,
  type Plugin,
  type YogaInitialContext,
} from 'graphql-yoga';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerKey } from './caller-key.ts';
import { callerOf } from './caller.ts';
import { badInput } from './client-error.ts';
import { BadSettings, type Config } from './config.ts';
import type { Context } from './context.ts';
import { asClientError, isUnexpected } from './errors.ts';
import { servedSchema } from './graph/schema.ts';
import { createLimits } from './guards/limits.ts';
import { unfitOperations, usePersistedOperations } from './guards/persisted-operations.ts';
import { withoutSuggestion } from './guards/suggestions.ts';
import type { Client } from './http/client.ts';
import { createIdempotency } from './idempotency.ts';
import { createOperation, type Operation } from './operation.ts';
import { useOperation } from './operation-plugin.ts';
import type { Settling } from './settling/settling.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What the HTTP server hands to GraphQL beside the request itself. */
export interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  operation: Operation;
  /** Who asks, where the gateway asks that. */
  subject: string | undefined;
  /** Takes a subscription, which lasts, out of the operations that run; false where too many are open. */
  subscribed: () => boolean;
}

const coded = (error: unknown, code: string) => {
  if (error instanceof GraphQLError) error.extensions['code'] ??= code;
};

/** Tells operations that are not GraphQL from those that do not fit the schema. */
const useGraphqlCodes = (): Plugin => ({
  onParse:
    () =>
    ({ result }) =>
      coded(result, 'GRAPHQL_PARSE_FAILED'),
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) coded(error, 'GRAPHQL_VALIDATION_FAILED');
    },
});

const useNoIntrospection = (): Plugin => ({
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
});

/** Tells what is missing in lists that were read all the same: they stay, and the errors stand beside them. */
const useMissing = (): Plugin<Context> => ({
  onExecute: ({ args: { contextValue } }) => ({
    onExecuteDone: ({ result, setResult }) => {
      const { missing } = contextValue;
      if (missing.length > 0 && !isAsyncIterable(result))
        setResult({ ...result, errors: [...(result.errors ?? []), ...missing] });
    },
  }),
});

/** The last word on every error that leaves: a code of the closed list, the request id, and nothing internal. */
const useClientErrors = (metrics: Metrics, suggestions: boolean): Plugin<object, ServerContext> => ({
  onResultProcess: (hook) => {
    const { result, serverContext } = hook;
    const told = <Result extends ExecutionResult>(one: Result): Result => {
      // Of a caller who hung up, what was given up is no error.
      if (serverContext.res.destroyed || !one.errors) return one;
      const errors = one.errors.map((error) => asClientError(error, serverContext.operation.requestId));
      for (const { extensions } of errors) {
        metrics.countError(String(extensions['code']));
        serverContext.operation.codes.push(String(extensions['code']));
      }
      if (!suggestions) for (const error of errors) error.message = withoutSuggestion(error.message);
      return { ...one, errors };
    };
    if (isAsyncIterable(result)) hook.setResult(mapAsyncIterator(result, told));
    else if (!Array.isArray(result)) hook.setResult(told(result));
  },
});

const EVENT_STREAM = /text\/event-stream|text\/\*|\*\/\*/i;

/** Tells callers who cannot read events to ask for them, where the server behind would answer 406 and nothing else. */
const useEventStream = (): Plugin<YogaInitialContext> => ({
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const { request } = args.contextValue;
    if (EVENT_STREAM.test(request.headers.get('accept') ?? '*/*')) return;
    const error = badInput('Subscriptions answer with events: send `Accept: text/event-stream`.');
    setResultAndStopExecution({ errors: [error] });
  },
});

/** GraphQL over HTTP: the graph behind `/graphql`. */
export const createGraphqlServer = (
  config: Config,
  client: Client,
  log: Log,
  metrics: Metrics,
  settling: Settling,
) => {
  const idempotency = createIdempotency();
  const contextOf = (
    caller: ReturnType<typeof callerOf> & { subject: string | undefined },
    operation: Operation,
  ): Context => {
    const { requestId, workspaceId } = caller;
    const { budget, explanation, merging } = operation;
    return {
      cloud: client.as({ ...caller, budget, ...(explanation && { onCall: explanation.onCall }) }),
      projects: config.projects,
      sizes: config.sizes,
      workspaceId,
      once: (mutation, key, input, run) =>
        idempotency.once(`${callerKey(caller)} ${mutation}`, key, input, run),
      watch: (name, wanted, look) =>
        settling.watch(
          JSON.stringify([callerKey(caller), name]),
          wanted,
          // A poll outlives the subscription that began it, and each look reads anew.
          (ids, signal) =>
            look(contextOf({ ...caller, signal }, createOperation(requestId, config.client)), ids),
          caller.signal,
        ),
      merging,
      budget,
      reads: {},
      missing: [],
    };
  };
  const context = ({ req, request, operation, subject }: YogaInitialContext & ServerContext): Context =>
    contextOf({ ...callerOf(req.headers, operation.requestId, request.signal), subject }, operation);
  const schema = servedSchema();
  const limits = createLimits(schema, config.operation, config.sizes);
  const unfit = config.persisted ? unfitOperations(schema, config.persisted.operations) : [];
  if (unfit.length > 0) throw new BadSettings(unfit.map((problem) => `PERSISTED_OPERATIONS: ${problem}`));
  return createYoga<ServerContext, Context>({
    schema,
    context,
    graphiql: false,
    landingPage: false,
    multipart: false,
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
      ...(config.persisted ? usePersistedOperations(config.persisted) : []),
      limits.plugin,
      useGraphqlCodes(),
      useOperation(),
      useMissing(),
      useClientErrors(metrics, config.suggestions),
      useEventStream(),
      ...(config.introspection ? [] : [useNoIntrospection()]),
    ],
  });
};
