import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../errors/client-error.ts';
import type { FairShare } from '../../capacity/fair-share.ts';
import { runWithinCost } from '../run-within-cost.ts';
import type { ServerContext } from '../../request/server-context.ts';

const NO_ROOM =
  'The gateway works on as much as it can. Nothing ran: send the request again later, or ask for less at once.';

/** Delays queries and mutations until there is capacity for their cost; `OVERLOADED` if there is none in time. */
export const useWaitForCapacity = (cost: FairShare): Plugin<ServerContext, ServerContext> => ({
  onExecute: ({ executeFn, setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs) => {
      const { operation, tenant } = args.contextValue as ServerContext;
      const estimated = operation.cost?.estimated ?? 1;
      const result: unknown = await runWithinCost(
        cost,
        operation,
        tenant,
        estimated,
        () => executeFn(args) as unknown,
      );
      return result ?? { data: null, errors: [clientError('OVERLOADED', NO_ROOM)] };
    });
  },
});
