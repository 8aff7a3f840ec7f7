import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError, subscribe } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Gives errors of operations that did not run the status 400: no operation was found, or variables do not fit. Errors of a field have
 * a path, also the one that a subscription begins with. Yoga takes the status from the errors, of which clients are told the innermost.
 */
const asBadRequest = <Result extends object>(result: Result): Result => {
  const { data, errors = [] } = result as ExecutionResult;
  if (data !== undefined) return result;
  for (const error of errors) {
    if (error.path) continue;
    for (let one: unknown = error; one instanceof GraphQLError; one = one.originalError)
      one.extensions['http'] ??= { status: 400 };
  }
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
