import type { ExecutionResult } from 'graphql';
import type { ServerResponse } from 'node:http';
import type { Context } from '../context.ts';
import { isUnexpected } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Limits } from '../guards/limits.ts';
import type { Operation } from '../operation.ts';
import type { Asking } from '../request-context.ts';
import type { Results } from '../result.ts';
import type { ReadRequest } from '../server-context.ts';
import { type Asked, askedBy } from './asked.ts';
import type { GivenAnswer, GivenAnswers, Task } from './given-answers.ts';
import type { KnownQueries, KnownQuery } from './known-queries.ts';

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
const resultOf = async (
  query: KnownQuery,
  context: Context,
  { variables }: Asked,
): Promise<ExecutionResult> => {
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
    at: { operation: Operation; subject: string | undefined },
  ): Promise<boolean>;
}

/** What it is made of. */
interface Parts {
  known: KnownQueries;
  limits: Limits;
  contextOf: (asking: Asking) => Context;
  results: Results;
  log: Pick<Log, 'error'>;
  /** Where answers are given again. */
  given?: GivenAnswers | undefined;
  /** Is told whether an answer could be given again. */
  countRepeated?: (unchanged: boolean) => void;
}

/** One that is told more than the answer cannot be given an old one. */
const isPlain = ({ tellsCost, trace }: Operation): boolean => !tellsCost && !trace;

/**
 * The short way for the usual request: a `POST` of a query that was answered before, as JSON. It gives the same answer as the
 * server behind; whatever is unusual, wrong or over a limit is left to that.
 */
export const createDirect = ({
  known,
  limits,
  contextOf,
  results,
  log,
  given,
  countRepeated,
}: Parts): Direct => {
  const contextFor = (asking: Asking): Context | null => {
    try {
      return contextOf(asking);
    } catch {
      return null;
    }
  };

  const taskOf = (body: string, operation: Operation): Task | null => {
    const asked = askedBy(body);
    const query = asked && known.find(asked.query, asked.operationName);
    if (!query) return null;
    try {
      operation.cost = limits.check(query.document, asked.operationName, asked.variables);
      return { asked, query };
    } catch {
      return null;
    }
  };

  const begin = (operation: Operation, { asked, query }: Task) => {
    operation.text = asked.query;
    operation.name = query.name;
    operation.type = 'query';
  };

  /** The answer as text; null where the server behind has to answer. */
  const workedOut = async (task: Task, context: Context, operation: Operation): Promise<string | null> => {
    const { data, errors } = await resultOf(task.query, context, task.asked);
    if (data === undefined || data === null) return null;
    for (const error of errors ?? []) if (isUnexpected(error)) log.error({ err: error }, 'unexpected error');
    return JSON.stringify(results.finished({ ...(errors && { errors }), data }, operation));
  };

  /** The same, where it is known which reads it will take: given again if they all give what they gave. */
  const repeated = async (
    old: GivenAnswer,
    context: Context,
    operation: Operation,
  ): Promise<string | null> => {
    begin(operation, old.task);
    const unchanged = await context.cloud.repeat(old.steps);
    countRepeated?.(unchanged);
    if (!unchanged) return null;
    Object.assign(operation, old.facts);
    return old.body;
  };

  /** Whether nothing went wrong, and nothing is missing. */
  const isSound = ({ codes, missing, passing }: Operation): boolean =>
    codes.length === 0 && missing.length === 0 && !passing;

  const answerOf = async (body: string, context: Context, operation: Operation): Promise<string | null> => {
    const request = given && isPlain(operation) ? `${context.caller()} ${body}` : undefined;
    const old = request === undefined ? null : given!.find(request);
    const again = old && (await repeated(old, context, operation));
    if (again !== null) return again;
    const task = old?.task ?? taskOf(body, operation);
    if (!task) return null;
    begin(operation, task);
    const trail = request !== undefined && given!.isWanted(request) ? context.cloud.follow() : undefined;
    const answer = await workedOut(task, context, operation);
    const steps = trail?.whole();
    if (answer !== null && steps && isSound(operation)) {
      const { asked, cost } = operation;
      given!.keep(request!, { body: answer, steps, task, facts: { asked, ...(cost && { cost }) } });
    }
    return answer;
  };

  return {
    answer: async (request, response, { operation, subject }) => {
      const type = ANSWERS.get(request.headers.accept ?? '');
      if (type === undefined || !request.body) return false;
      const context = contextFor({ headers: request.headers, signal: operation.gone, subject, operation });
      if (!context) return false;
      const answer = await answerOf(request.body.toString(), context, operation);
      if (answer === null) return false;
      if (response.destroyed) return true;
      const bytes = Buffer.byteLength(answer);
      response.writeHead(200, { 'Content-Type': type, 'content-length': bytes });
      // Where each character is a byte, nothing has to be encoded.
      response.end(answer, bytes === answer.length ? 'latin1' : 'utf8');
      return true;
    },
  };
};
