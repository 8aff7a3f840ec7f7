import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError, Kind, subscribe } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const AT = / at ("[^"]+")$/;
const LONGEST = 500;

/**
 * What does not fit in a variable, told with the variable and the path in it: `Variable "$first" at "first.max": …`. Graphql puts the
 * whole value between the two, and hides both beneath the error that says only what is wrong.
 */
const messageOf = ({ message, originalError, nodes }: GraphQLError): string => {
  const [node] = nodes ?? [];
  if (!originalError || node?.kind !== Kind.VARIABLE_DEFINITION) return message;
  const reason = originalError.message;
  const [, path] = AT.exec(message.slice(0, -`; ${reason}`.length)) ?? [];
  const told = `Variable "$${node.variable.name.value}"${path ? ` at ${path}` : ''}: ${reason}`;
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
};

/**
 * Gives errors of operations that did not run the status 400: no operation was found, or variables do not fit. Errors of a field have
 * a path, also the one that a subscription begins with.
 */
const asBadRequest = <Result extends object>(result: Result): Result => {
  const { data, errors } = result as ExecutionResult;
  if (data !== undefined || !errors) return result;
  const told = errors.map((error) =>
    error.path
      ? error
      : new GraphQLError(messageOf(error), {
          ...(error.nodes && { nodes: error.nodes }),
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: false } },
        }),
  );
  return { ...result, errors: told };
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
