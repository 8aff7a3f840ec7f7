import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { ResponseCache } from '../../cache/response-cache.ts';
import { callerKey } from '../../guards/caller-key.ts';
import { readCaller } from '../../request/caller.ts';
import type { Operation } from '../../request/operation.ts';
import type { ServerContext } from '../../request/server-context.ts';

type RequestContext = ServerContext & YogaInitialContext;

/** Whether a result is cached: it is complete, has no errors, and needed upstream calls. */
const isCacheable = (
  { data, errors }: ExecutionResult,
  { partialErrors, uncacheable, budget }: Operation,
): boolean =>
  Boolean(data) && !errors?.length && partialErrors.length === 0 && !uncacheable && budget.calls > 0;

/** Answers queries from the cache, separately for each caller and workspace. A mutation invalidates all answers of its caller. */
export const useResponseCache = (
  cache: ResponseCache,
  count: (found: boolean) => void,
): Plugin<RequestContext, ServerContext> => ({
  onExecute: ({ executeFn, setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs) => {
      const { operation, params, req, subject } = args.contextValue as RequestContext;
      const { token, workspaceId } = readCaller(req.headers, operation.requestId, undefined);
      const caller = callerKey({ token, subject });
      if (operation.type === 'mutation') {
        try {
          return await executeFn(args);
        } finally {
          // Also after a failure: the mutation may have changed something.
          await cache.invalidate(caller);
        }
      }
      // Requests for `extensions.cost` are always executed: a cached answer has no cost.
      if (operation.includesCost) return executeFn(args);
      const key = [workspaceId ?? null, params.query, args.operationName, args.variableValues];
      const entry = await cache.lookUp(caller, key);
      count(entry.cached !== undefined);
      if (entry.cached !== undefined) return { data: JSON.parse(entry.cached) };
      const result = await executeFn(args);
      if (!isAsyncIterable(result) && isCacheable(result, operation))
        void entry.store(JSON.stringify(result.data));
      return result;
    });
  },
});
