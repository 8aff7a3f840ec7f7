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
import type { KnownQueries, KnownQuery } from './known-queries.ts';

/** What of a request can be answered directly. */
interface Asked {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  operationName: string | undefined;
}

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

const KNOWN = new Set(['query', 'variables', 'operationName']);

/** The parameters of a body, or null where it holds anything else than the three plain ones. */
const askedBy = (body: Buffer): Asked | null => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  for (const name of Object.keys(parsed)) if (!KNOWN.has(name)) return null;
  const { query, variables = null, operationName = null } = parsed as Record<string, unknown>;
  if (typeof query !== 'string' || typeof variables !== 'object' || Array.isArray(variables)) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  return {
    query,
    variables: (variables as Asked['variables']) ?? {},
    operationName: operationName ?? undefined,
  };
};

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

/**
 * The short way for the usual request: a `POST` of a query that was answered before, as JSON. It gives the same answer as the
 * server behind; whatever is unusual, wrong or over a limit is left to that.
 */
export const createDirect = (
  known: KnownQueries,
  limits: Limits,
  contextOf: (asking: Asking) => Context,
  results: Results,
  log: Pick<Log, 'error'>,
): Direct => {
  const prepared = (query: KnownQuery, asked: Asked, asking: Asking): Context | null => {
    try {
      asking.operation.cost = limits.check(query.document, asked.operationName, asked.variables);
      return contextOf(asking);
    } catch {
      return null;
    }
  };

  return {
    answer: async (request, response, { operation, subject }) => {
      const type = ANSWERS.get(request.headers.accept ?? '');
      const asked = type !== undefined && request.body ? askedBy(request.body) : null;
      const query = asked && known.find(asked.query, asked.operationName);
      if (!query) return false;
      const gone = new AbortController();
      const context = prepared(query, asked, {
        headers: request.headers,
        signal: gone.signal,
        subject,
        operation,
      });
      if (!context) return false;
      const hangUp = () => {
        if (!response.writableEnded) gone.abort();
      };
      response.once('close', hangUp);
      operation.text = asked.query;
      operation.name = query.name;
      operation.type = 'query';
      const { data, errors } = await resultOf(query, context, asked);
      if (data === undefined || data === null) return false;
      if (response.destroyed) return true;
      for (const error of errors ?? [])
        if (isUnexpected(error)) log.error({ err: error }, 'unexpected error');
      const result = results.finished({ ...(errors && { errors }), data }, operation);
      const body = JSON.stringify(result);
      const bytes = Buffer.byteLength(body);
      response.writeHead(200, { 'Content-Type': type!, 'content-length': bytes });
      // Where each character is a byte, nothing has to be encoded.
      response.end(body, bytes === body.length ? 'latin1' : 'utf8');
      return true;
    },
  };
};
