import type { Limits } from '../../guards/limits/limits.ts';
import type { Operation } from '../../request/operation.ts';
import type { CachedQuery, QueryCache } from './query-cache.ts';

/** The parameters of a GraphQL request, as its body holds them. */
export interface RequestParams {
  text: string;
  variables: Readonly<Record<string, unknown>>;
  operationName: string | undefined;
}

/** A request whose query is cached and within all limits. */
export interface ExecutionRequest {
  text: string;
  variables: RequestParams['variables'];
  query: CachedQuery;
  cost: NonNullable<Operation['cost']>;
}

const NAMES = new Set(['query', 'variables', 'operationName']);

/** Parses a body as a JSON object; null for anything else. */
export const parseJsonObject = (body: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
};

/** The parameters in a body; null if it holds anything but the three plain ones. */
export const readParams = (body: Readonly<Record<string, unknown>>): RequestParams | null => {
  for (const name of Object.keys(body)) if (!NAMES.has(name)) return null;
  const { query: text, variables = null, operationName = null } = body;
  if (typeof text !== 'string' || typeof variables !== 'object' || Array.isArray(variables)) return null;
  if (operationName !== null && typeof operationName !== 'string') return null;
  return {
    text,
    variables: (variables as RequestParams['variables']) ?? {},
    operationName: operationName ?? undefined,
  };
};

/** Finds the cached query of a request; null if there is none, or the request is over a limit. */
export type FindExecution = (params: RequestParams) => ExecutionRequest | null;

/** Looks queries up in the cache and checks each request against the limits. */
export const createExecutionFinder =
  (queries: QueryCache, limits: Limits): FindExecution =>
  ({ text, variables, operationName }) => {
    const query = queries.find(text, operationName);
    if (!query) return null;
    try {
      return { text, variables, query, cost: limits.check(query.document, operationName, variables) };
    } catch {
      return null;
    }
  };

/** Identifies a query in log, metrics and response, without the parsed query and the variables. */
export interface OperationInfo extends Pick<ExecutionRequest, 'text' | 'cost'> {
  name: string | undefined;
}

export const operationInfo = ({ text, query, cost }: ExecutionRequest): OperationInfo => ({
  text,
  name: query.name,
  cost,
});

/** Sets text, name, type and cost of an operation. */
export const noteQuery = (operation: Operation, { text, name, cost }: OperationInfo): void => {
  operation.text = text;
  operation.name = name;
  operation.type = 'query';
  operation.cost = cost;
};
