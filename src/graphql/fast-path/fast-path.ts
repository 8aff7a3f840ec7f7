import type { ExecutionResult } from 'graphql';
import type { ServerResponse } from 'node:http';
import type { FairShare } from '../../capacity/fair-share.ts';
import type { WriteBuffers } from '../../capacity/write-buffers.ts';
import type { WrapReads } from '../../http/client.ts';
import type { Context } from '../../request/context.ts';
import { type CallerHeaders, readCaller } from '../../request/caller.ts';
import type { CreateContext } from '../../request/create-context.ts';
import { identify, type Operation } from '../../request/operation.ts';
import type { Prepared, ReadRequest, ServerContext } from '../../request/server-context.ts';
import type { ResultFormatter } from '../format-result.ts';
import { runWithinCost } from '../run-within-cost.ts';
import {
  type ExecutionRequest,
  type FindExecution,
  noteQuery,
  operationInfo,
  parseJsonObject,
  readParams,
} from './execution-request.ts';
import {
  type Plan,
  type ResponseBody,
  responseKey,
  type RevalidatedResponses,
  type StoredResponse,
} from './revalidated-responses.ts';
import { RevalidatingReads } from './revalidating-reads.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** Media types of the response by the usual values of `Accept`. Yoga reads all others. */
const RESPONSE_TYPES: ReadonlyMap<string, string> = new Map([
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/json, text/plain, */*', JSON_TYPE],
  ['application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_TYPE],
  ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_TYPE],
  ['application/graphql-response+json, application/json', GRAPHQL_TYPE],
]);

/** Answers usual requests without Yoga. */
export interface FastPath {
  /** Answers a request; else returns the parts that Yoga need not make again. */
  answer(
    request: ReadRequest,
    response: ServerResponse,
    server: FastPathContext,
  ): Promise<typeof ANSWERED | Prepared>;
}

type FastPathContext = Pick<ServerContext, 'operation' | 'subject' | 'tenant'>;

export const ANSWERED = 'answered';

interface Deps {
  findExecution: FindExecution;
  createContext: CreateContext;
  formatter: ResultFormatter;
  writeBuffers: Pick<WriteBuffers, 'send'>;
  cost: FairShare;
  /** Missing where responses are not revalidated. */
  revalidated?: RevalidatedResponses | undefined;
  countRevalidated: (unchanged: boolean) => void;
}

/** Runs a query; an empty result if it fails as a whole, which Yoga reports. */
const execute = async (
  { query, variables }: ExecutionRequest,
  context: Context,
): Promise<ExecutionResult> => {
  try {
    return await query.run(context, variables);
  } catch {
    return {};
  }
};

/** True if the response contains nothing but the result, so that an earlier one may be sent. */
const isPlain = ({ includesCost, trace }: Operation): boolean => !includesCost && !trace;

/** True if nothing failed and nothing is missing. After the client has disconnected, that is uncertain. */
const isComplete = ({ clientAbort, codes, partialErrors, uncacheable }: Operation): boolean =>
  !clientAbort.aborted && codes.length === 0 && partialErrors.length === 0 && !uncacheable;

/** The caller as the headers name them; null if a header is malformed, which Yoga reports. */
const tryReadCaller = (request: ReadRequest, { operation }: FastPathContext): CallerHeaders | null => {
  try {
    return readCaller(request.headers, operation.requestId, operation.clientAbort);
  } catch {
    return null;
  }
};

/**
 * Answers a `POST` of a cached query as JSON, with the same response as Yoga. Requests that are unusual, wrong or over a limit are left
 * to Yoga.
 */
export const createFastPath = ({
  findExecution,
  createContext,
  formatter,
  writeBuffers,
  cost,
  revalidated,
  countRevalidated,
}: Deps): FastPath => {
  /** Runs a query. The response as text; null if the query did not run, or failed as a whole. */
  const run = async (
    execution: ExecutionRequest,
    context: Context,
    { operation, tenant }: FastPathContext,
  ): Promise<string | null> => {
    const result = await runWithinCost(cost, operation, tenant, execution.cost.estimated, () => {
      noteQuery(operation, operationInfo(execution));
      return execute(execution, context);
    });
    const { data, errors } = result ?? {};
    if (data === undefined || data === null) return null;
    return JSON.stringify(formatter.formatResult({ ...(errors && { errors }), data }, operation));
  };

  /** Repeats the reads of a stored response; true if it may be sent again. */
  const isUnchanged = async (
    { reads: recorded, info, loadCount }: StoredResponse,
    reads: RevalidatingReads,
    operation: Operation,
  ): Promise<boolean> => {
    noteQuery(operation, info);
    const unchanged = await reads.repeat(recorded);
    if (!operation.clientAbort.aborted) countRevalidated(unchanged);
    if (unchanged) operation.loadCount = loadCount;
    return unchanged;
  };

  /** The body of the response, or the parts that Yoga need not make again. */
  const answerOrPrepare = async (
    text: string,
    caller: CallerHeaders,
    server: FastPathContext,
  ): Promise<{ body: ResponseBody } | Prepared> => {
    const { operation, subject, tenant } = server;
    const responses = isPlain(operation) ? revalidated : undefined;
    const key = responses
      ? responseKey(identify(operation, caller.token, subject), caller.workspaceId, text)
      : '';
    let plan: Plan = responses ? responses.plan(key) : 'execute';
    const wrapped: { reads?: RevalidatingReads } = {};
    const wrapReads: WrapReads = (next, readsFor) =>
      (wrapped.reads = new RevalidatingReads(next, readsFor)).link;
    const newContext = () =>
      createContext({
        caller,
        subject,
        tenant,
        operation,
        ...((plan === 'record' || typeof plan === 'object') && { wrapReads }),
      });

    let context: Context | undefined;
    if (typeof plan === 'object') {
      context = newContext();
      const unchanged = await isUnchanged(plan, wrapped.reads!, operation);
      const isWorthRecording = responses!.noteRepeated(key, unchanged);
      if (unchanged) return { body: plan.body };
      plan = isWorthRecording ? 'record' : 'execute';
    }

    const json = parseJsonObject(text);
    const params = json && readParams(json);
    const execution = params && findExecution(params);
    if (!execution) return { json, caller, context };
    context ??= newContext();
    if (plan === 'new') responses?.noteFirst(key);
    const recorder = plan === 'record' ? wrapped.reads?.startRecording() : undefined;
    const body = await run(execution, context, server);
    if (body === null) return { json, caller, context };
    const recorded = recorder?.completed();
    if (recorded && isComplete(operation)) {
      const { loadCount } = operation;
      responses?.store(key, body, { reads: recorded, info: operationInfo(execution), loadCount });
    }
    return { body };
  };

  return {
    answer: async (request, response, server) => {
      const { operation, tenant } = server;
      const type = RESPONSE_TYPES.get(request.headers.accept ?? '');
      if (type === undefined || !request.body) return {};
      const caller = tryReadCaller(request, server);
      if (!caller) return {};
      const answer = await answerOrPrepare(request.body.toString(), caller, server);
      // The client has disconnected: nothing is run again for them.
      if (operation.clientAbort.aborted || response.destroyed) return ANSWERED;
      if (!('body' in answer)) return answer;
      const headers = { 'x-request-id': operation.requestId, 'Content-Type': type };
      writeBuffers.send(response, { status: 200, headers, body: answer.body }, tenant);
      return ANSWERED;
    },
  };
};
