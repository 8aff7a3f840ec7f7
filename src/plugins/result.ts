import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';
import type { Results } from '../result.ts';
import type { ServerContext } from '../server-context.ts';

/** Finishes what leaves. Of a caller who hung up, what was given up is no error. */
export const useResults = (results: Results): Plugin<object, ServerContext> => ({
  onResultProcess: (hook) => {
    const { operation, res } = hook.serverContext;
    if (isAsyncIterable(hook.result)) {
      hook.setResult(
        mapAsyncIterator(hook.result, (one) => (res.destroyed ? one : results.told(one, operation))),
      );
    } else if (!Array.isArray(hook.result) && !res.destroyed) {
      hook.setResult(results.finished(hook.result, operation));
    }
  },
});
