import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { ResultFormatter } from '../format-result.ts';
import type { ServerContext } from '../../request/server-context.ts';

/** Serializes a result with errors as it is: Yoga would copy the errors, without their locations. */
const withOwnSerializer = <Result extends ExecutionResult>(result: Result): Result =>
  result.errors ? { ...result, stringify: () => JSON.stringify(result) } : result;

/** Formats results and events. */
export const useResultFormatter = (results: ResultFormatter): Plugin<object, ServerContext> => ({
  onResultProcess: (hook) => {
    const { operation } = hook.serverContext;
    if (isAsyncIterable(hook.result)) {
      hook.setResult(
        mapAsyncIterator(hook.result, (one) => withOwnSerializer(results.formatEvent(one, operation))),
      );
    } else if (!Array.isArray(hook.result)) {
      hook.setResult(withOwnSerializer(results.formatResult(hook.result, operation)));
    }
  },
});
