import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { KnownQueries } from '../fast-path/query-cache.ts';
import { clientError } from '../../errors/client-error.ts';
import type { ServerContext } from '../../request/server-context.ts';

const TOO_MANY = 'As many subscriptions are open as the gateway takes. Subscribe again later.';

const READS_ONLY =
  'The caller may only read. For mutations send an API key that has the role `write`, or a token (JWT) with the scope that ' +
  'mutations need; the operator gives both (API_KEYS, JWT_WRITE_SCOPE).';

// As with limits: 403, but 200 for clients that read `application/json` alone.
const readsOnly = () => clientError('FORBIDDEN', READS_ONLY, { http: { spec: true, status: 403 } });

/**
 * Notes what an operation is, for when it comes again, and refuses mutations of those who may only read; subscriptions, which last, are
 * counted apart.
 */
export const useOperation = (known: KnownQueries): Plugin<ServerContext, ServerContext> => ({
  onParams: ({ params, context: { operation } }) => {
    if (typeof params.query === 'string') operation.text = params.query;
  },
  onExecute: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation } = contextValue;
    const definition = getOperationAST(document, operationName);
    operation.name = definition?.name?.value;
    operation.type = definition?.operation ?? 'query';
    if (operation.type === 'mutation' && operation.identity?.role !== 'write')
      setResultAndStopExecution({ errors: [readsOnly()] });
    else if (operation.text !== undefined) known.passed(operation.text, operationName ?? undefined, document);
  },
  onSubscribe: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation, subscribed } = contextValue;
    operation.name = getOperationAST(document, operationName)?.name?.value;
    operation.type = 'subscription';
    if (!subscribed()) setResultAndStopExecution({ errors: [clientError('OVERLOADED', TOO_MANY)] });
  },
});
