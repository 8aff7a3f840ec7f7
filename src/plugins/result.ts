import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { Results } from '../result.ts';
import type { ServerContext } from '../server-context.ts';

/** Formats what leaves. */
export const useResults = (results: Results): Plugin<object, ServerContext> => ({
  onResultProcess: (hook) => {
    const { operation } = hook.serverContext;
    if (isAsyncIterable(hook.result)) {
      hook.setResult(mapAsyncIterator(hook.result, (one) => results.event(one, operation)));
    } else if (!Array.isArray(hook.result)) {
      hook.setResult(results.finished(hook.result, operation));
    }
  },
});
