import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { Results } from '../format-result.ts';
import type { ServerContext } from '../../request/server-context.ts';

/** Yoga copies errors before it makes a text of them, and leaves out where they are: the text is made of what it is given. */
const asItStands = <Result extends ExecutionResult>(result: Result): Result =>
  result.errors ? { ...result, stringify: () => JSON.stringify(result) } : result;

/** Formats what leaves. */
export const useResults = (results: Results): Plugin<object, ServerContext> => ({
  onResultProcess: (hook) => {
    const { operation } = hook.serverContext;
    if (isAsyncIterable(hook.result)) {
      hook.setResult(mapAsyncIterator(hook.result, (one) => asItStands(results.event(one, operation))));
    } else if (!Array.isArray(hook.result)) {
      hook.setResult(asItStands(results.finished(hook.result, operation)));
    }
  },
});
