import type { ExecutionResult } from 'graphql';
import type { ServerResponse } from 'node:http';
import type { Context } from '../../request/context.ts';
import type { Operation } from '../../request/operation.ts';
import type { Asking } from '../../request/create-context.ts';
import type { Results } from '../format-result.ts';
import type { ReadRequest, ServerContext } from '../../request/server-context.ts';
import type { FairShare } from '../../capacity/fair-share.ts';
import { runWithin } from '../running-cost.ts';
import type { Outbox } from '../../capacity/write-buffers.ts';
import type { Body, GivenAnswers } from './revalidated-responses.ts';
import { aboutOf, begin, type Task, type TaskOf } from './execution-request.ts';

const JSON_ANSWER = 'application/json; charset=utf-8';
const GRAPHQL_ANSWER = 'application/graphql-response+json; charset=utf-8';

/** What clients send as `Accept`, and what they get; whatever else they send is read by the server behind. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['', JSON_ANSWER],
  ['*/*', JSON_ANSWER],
  ['application/json', JSON_ANSWER],
  ['application/json, text/plain, */*', JSON_ANSWER],
  ['application/graphql-response+json', GRAPHQL_ANSWER],
  ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_ANSWER],
  ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_ANSWER],
  ['application/graphql-response+json, application/json', GRAPHQL_ANSWER],
]);

/** What comes of a query; nothing where running it fails as a whole: the server behind knows how to tell that. */
const resultOf = async ({ query, variables }: Task, context: Context): Promise<ExecutionResult> => {
  try {
    return await query.run(context, variables);
  } catch {
    return {};
  }
};

/** What answers the usual request directly. */
export interface Direct {
  /** Answers a request, or gives false: then nothing ran, and the server behind has to answer it. */
  answer(
    request: ReadRequest,
    response: ServerResponse,
    at: Pick<ServerContext, 'operation' | 'subject' | 'tenant'>,
  ): Promise<boolean>;
}

/** What it is made of. */
interface Parts {
  taskOf: TaskOf;
  contextOf: (asking: Asking) => Context;
  results: Results;
  outbox: Pick<Outbox, 'send'>;
  cost: FairShare;
  /** Where answers are given again. */
  given?: GivenAnswers | undefined;
}

/** One that is told more than the answer cannot be given an old one. */
const isPlain = ({ tellsCost, trace }: Operation): boolean => !tellsCost && !trace;

/**
 * The short way for the usual request: a `POST` of a query that was answered before, as JSON. It gives the same answer as the
 * server behind; whatever is unusual, wrong or over a limit is left to that.
 */
export const createDirect = ({ taskOf, contextOf, results, outbox, cost, given }: Parts): Direct => {
  const contextFor = (asking: Asking): Context | null => {
    try {
      return contextOf(asking);
    } catch {
      return null;
    }
  };

  const workOut = async (
    task: Task,
    context: Context,
    operation: Operation,
    tenant: string,
  ): Promise<string | null> => {
    const run = () => {
      begin(operation, aboutOf(task));
      return resultOf(task, context);
    };
    const result = await runWithin(cost, operation, tenant, task.cost.estimated, run);
    const { data, errors } = result ?? {};
    if (data === undefined || data === null) return null;
    return JSON.stringify(results.finished({ ...(errors && { errors }), data }, operation));
  };

  /** The answer as text; null where the server behind has to answer. */
  const answerOf = async (
    body: string,
    context: Context,
    operation: Operation,
    tenant: string,
  ): Promise<Body | null> => {
    const means = {
      taskOf: () => taskOf(body),
      workOut: (task: Task) => workOut(task, context, operation, tenant),
    };
    if (given && isPlain(operation)) return given.answer(body, context, operation, means);
    const task = means.taskOf();
    return task && means.workOut(task);
  };

  return {
    answer: async (request, response, { operation, subject, tenant }) => {
      const type = ANSWERS.get(request.headers.accept ?? '');
      if (type === undefined || !request.body) return false;
      const context = contextFor({
        headers: request.headers,
        signal: operation.gone,
        subject,
        tenant,
        operation,
      });
      if (!context) return false;
      const body = await answerOf(request.body.toString(), context, operation, tenant);
      // Nobody is left to answer: nothing is run again for them.
      if (operation.gone.aborted || response.destroyed) return true;
      if (body === null) return false;
      const headers = { 'x-request-id': operation.requestId, 'Content-Type': type };
      outbox.send(response, { status: 200, headers, body }, tenant);
      return true;
    },
  };
};
