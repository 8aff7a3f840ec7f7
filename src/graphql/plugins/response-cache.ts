import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { ResponseCache } from '../../cache/response-cache.ts';
import { callerKey } from '../../guards/caller-key.ts';
import { readCaller } from '../../request/caller.ts';
import type { Operation } from '../../request/operation.ts';
import type { ServerContext } from '../../request/server-context.ts';

type Asked = ServerContext & YogaInitialContext;

/** Whether the next who asks may get the same: there is nothing wrong with it, nothing missing, and it cost something. */
const isWorthKeeping = (
  { data, errors }: ExecutionResult,
  { partialErrors, uncacheable, budget }: Operation,
): boolean =>
  Boolean(data) && !errors?.length && partialErrors.length === 0 && !uncacheable && budget.calls > 0;

/** Answers queries with what was kept of the same caller and workspace; a write of the caller empties it for every workspace. */
export const useResponseCache = (
  cache: ResponseCache,
  count: (found: boolean) => void,
): Plugin<Asked, ServerContext> => ({
  onExecute: ({ executeFn, setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs) => {
      const { operation, params, req, subject } = args.contextValue as Asked;
      const { token, workspaceId } = readCaller(req.headers, operation.requestId, undefined);
      const caller = callerKey({ token, subject });
      if (operation.type === 'mutation') {
        try {
          return await executeFn(args);
        } finally {
          // Whatever came of it: also of what failed, something may have been done.
          await cache.invalidate(caller);
        }
      }
      // What an operation cost is told of one that ran.
      if (operation.tellsCost) return executeFn(args);
      const question = [workspaceId ?? null, params.query, args.operationName, args.variableValues];
      const place = await cache.lookUp(caller, question);
      count(place.cached !== undefined);
      if (place.cached !== undefined) return { data: JSON.parse(place.cached) };
      const result = await executeFn(args);
      if (!isAsyncIterable(result) && isWorthKeeping(result, operation))
        void place.store(JSON.stringify(result.data));
      return result;
    });
  },
});
