import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { KnownQueries } from '../direct/known-queries.ts';
import { clientError } from '../client-error.ts';
import type { ServerContext } from '../server-context.ts';

const TOO_MANY = 'As many subscriptions are open as the gateway takes. Subscribe again later.';

/** Notes what an operation is, for when it comes again; subscriptions, which last, are counted apart. */
export const useOperation = (known: KnownQueries): Plugin<ServerContext, ServerContext> => ({
  onParams: ({ params, context: { operation } }) => {
    if (typeof params.query === 'string') operation.text = params.query;
  },
  onExecute: ({ args: { contextValue, document, operationName } }) => {
    const { operation } = contextValue;
    const definition = getOperationAST(document, operationName);
    operation.name = definition?.name?.value;
    operation.type = definition?.operation ?? 'query';
    if (operation.text !== undefined) known.passed(operation.text, operationName ?? undefined, document);
  },
  onSubscribe: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation, subscribed } = contextValue;
    operation.name = getOperationAST(document, operationName)?.name?.value;
    operation.type = 'subscription';
    if (!subscribed()) setResultAndStopExecution({ errors: [clientError('OVERLOADED', TOO_MANY)] });
  },
});
