import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError, Kind, subscribe } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const PATH_IN_MESSAGE = / at ("[^"]+")$/;
const MAX_MESSAGE_LENGTH = 500;

/**
 * The message of an error in a variable, with the variable and the path in it: `Variable "$first" at "first.max": …`. graphql-js puts
 * the whole value between the two, and its original error has only the reason.
 */
const describeVariableError = ({ message, originalError, nodes }: GraphQLError): string => {
  const [node] = nodes ?? [];
  if (!originalError || node?.kind !== Kind.VARIABLE_DEFINITION) return message;
  const reason = originalError.message;
  const [, path] = PATH_IN_MESSAGE.exec(message.slice(0, -`; ${reason}`.length)) ?? [];
  const text = `Variable "$${node.variable.name.value}"${path ? ` at ${path}` : ''}: ${reason}`;
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text;
};

/**
 * Sets status 400 on errors of operations that did not run: no operation was found, or variables are invalid. Errors with a path are
 * those of fields, including the first field of a subscription, and are kept.
 */
const withBadRequestStatus = <Result extends object>(result: Result): Result => {
  const { data, errors } = result as ExecutionResult;
  if (data !== undefined || !errors) return result;
  const badRequests = errors.map((error) =>
    error.path
      ? error
      : new GraphQLError(describeVariableError(error), {
          ...(error.nodes && { nodes: error.nodes }),
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400, spec: false } },
        }),
  );
  return { ...result, errors: badRequests };
};

const executeOperation = (args: ExecutionArgs) => {
  const result = execute(args);
  return result instanceof Promise ? result : withBadRequestStatus(result);
};

const subscribeToOperation = async (args: ExecutionArgs) => withBadRequestStatus(await subscribe(args));

/**
 * Executes operations with graphql-js. Yoga's own executor takes every object with a field `then` for a promise, and so fails if a
 * client gives a field the alias `then`.
 */
export const useGraphqlExecution = (): Plugin => ({
  onExecute: ({ setExecuteFn }) => setExecuteFn(executeOperation),
  onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribeToOperation),
});
