import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { QueryCache } from '../fast-path/query-cache.ts';
import { clientError } from '../../errors/client-error.ts';
import type { ServerContext } from '../../request/server-context.ts';

const TOO_MANY_SUBSCRIPTIONS = 'As many subscriptions are open as the gateway takes. Subscribe again later.';

const READ_ONLY =
  'The caller may only read. For mutations send an API key that has the role `write`, or a token (JWT) with the scope that ' +
  'mutations need; the operator gives both (API_KEYS, JWT_WRITE_SCOPE).';

// Status 403, but 200 for clients that accept only `application/json`, as for limits.
const readOnlyError = () => clientError('FORBIDDEN', READ_ONLY, { http: { spec: true, status: 403 } });

/**
 * Records name, type and text of an operation, and adds it to the query cache. Refuses mutations of callers without the role `write`
 * (`FORBIDDEN`), and subscriptions beyond their limit (`OVERLOADED`).
 */
export const useOperationInfo = (queryCache: QueryCache): Plugin<ServerContext, ServerContext> => ({
  onParams: ({ params, context: { operation } }) => {
    if (typeof params.query === 'string') operation.text = params.query;
  },
  onExecute: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation } = contextValue;
    const definition = getOperationAST(document, operationName);
    operation.name = definition?.name?.value;
    operation.type = definition?.operation ?? 'query';
    if (operation.type === 'mutation' && operation.identity?.role !== 'write')
      setResultAndStopExecution({ errors: [readOnlyError()] });
    else if (operation.text !== undefined)
      queryCache.add(operation.text, operationName ?? undefined, document);
  },
  onSubscribe: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation, beginSubscription } = contextValue;
    operation.name = getOperationAST(document, operationName)?.name?.value;
    operation.type = 'subscription';
    if (!beginSubscription())
      setResultAndStopExecution({ errors: [clientError('OVERLOADED', TOO_MANY_SUBSCRIPTIONS)] });
  },
});
