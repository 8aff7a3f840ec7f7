import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { AnswerCache } from '../../cache/response-cache.ts';
import { callerKey } from '../../guards/caller-key.ts';
import { callerOf } from '../../request/caller.ts';
import type { Operation } from '../../request/operation.ts';
import type { ServerContext } from '../../request/server-context.ts';

type Asked = ServerContext & YogaInitialContext;

/** Whether the next who asks may get the same: there is nothing wrong with it, nothing missing, and it cost something. */
const isWorthKeeping = (
  { data, errors }: ExecutionResult,
  { missing, passing, budget }: Operation,
): boolean => Boolean(data) && !errors?.length && missing.length === 0 && !passing && budget.calls > 0;

/** Answers queries with what was kept of the same caller and workspace; a write of the caller empties it for every workspace. */
export const useAnswerCache = (
  cache: AnswerCache,
  count: (found: boolean) => void,
): Plugin<Asked, ServerContext> => ({
  onExecute: ({ executeFn, setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs) => {
      const { operation, params, req, subject } = args.contextValue as Asked;
      const { token, workspaceId } = callerOf(req.headers, operation.requestId, undefined);
      const caller = callerKey({ token, subject });
      if (operation.type === 'mutation') {
        try {
          return await executeFn(args);
        } finally {
          // Whatever came of it: also of what failed, something may have been done.
          await cache.empty(caller);
        }
      }
      // What an operation cost is told of one that ran.
      if (operation.tellsCost) return executeFn(args);
      const question = [workspaceId ?? null, params.query, args.operationName, args.variableValues];
      const place = await cache.look(caller, question);
      count(place.kept !== undefined);
      if (place.kept !== undefined) return { data: JSON.parse(place.kept) };
      const result = await executeFn(args);
      if (!isAsyncIterable(result) && isWorthKeeping(result, operation))
        void place.keep(JSON.stringify(result.data));
      return result;
    });
  },
});
