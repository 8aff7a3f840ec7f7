import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { getOperationAST } from 'graphql';
import { clientError } from './client-error.ts';
import type { Context } from './context.ts';
import type { ServerContext } from './graphql-server.ts';
import type { Operation } from './operation.ts';

const TOO_MANY = 'As many subscriptions are open as the gateway takes. Subscribe again later.';

/** What a caller asked to be told beside the answer. */
const extensionsOf = ({ budget, explanation, tellsCost, cost }: Operation) => ({
  ...(tellsCost && {
    cost: {
      ...cost,
      upstreamCalls: budget.calls,
      upstreamCallLimit: budget.callLimit,
    },
  }),
  ...(explanation && { explain: explanation.told() }),
});

/** Notes what an operation is, and tells its caller what it took. */
export const useOperation = (): Plugin<Context & ServerContext> => ({
  onParams: ({ params, context }) => {
    const { operation } = context as unknown as ServerContext;
    if (typeof params.query === 'string') operation.text = params.query;
  },
  onExecute: ({ args: { contextValue, document, operationName } }) => {
    const { operation } = contextValue;
    const definition = getOperationAST(document, operationName);
    operation.name = definition?.name?.value;
    operation.type = definition?.operation ?? 'query';
    if (!operation.tellsCost) return undefined;
    return {
      onExecuteDone: ({ result, setResult }) => {
        if (isAsyncIterable(result)) return;
        setResult({ ...result, extensions: { ...result.extensions, ...extensionsOf(operation) } });
      },
    };
  },
  onSubscribe: ({ args: { contextValue, document, operationName }, setResultAndStopExecution }) => {
    const { operation, subscribed } = contextValue;
    operation.name = getOperationAST(document, operationName)?.name?.value;
    operation.type = 'subscription';
    if (!subscribed()) setResultAndStopExecution({ errors: [clientError('OVERLOADED', TOO_MANY)] });
  },
});
