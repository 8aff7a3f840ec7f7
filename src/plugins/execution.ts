import { execute, type ExecutionArgs, type ExecutionResult, subscribe } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Nothing ran: the operation cannot be told, or its variables do not fit. Yoga takes the status from the errors. */
const asBadRequest = <Result extends object>(result: Result): Result => {
  const { data, errors } = result as ExecutionResult;
  if (data === undefined) for (const error of errors ?? []) error.extensions['http'] ??= { status: 400 };
  return result;
};

const executeAsWritten = (args: ExecutionArgs) => {
  const result = execute(args);
  return result instanceof Promise ? result : asBadRequest(result);
};

const subscribeAsWritten = async (args: ExecutionArgs) => asBadRequest(await subscribe(args));

/**
 * Executes with graphql-js. The executor that Yoga brings takes any object with a field `then` for a promise, and so fails where a
 * client gives that name to a field.
 */
export const useGraphqlExecution = (): Plugin => ({
  onExecute: ({ setExecuteFn }) => setExecuteFn(executeAsWritten),
  onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribeAsWritten),
});
