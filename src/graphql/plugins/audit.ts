import { getOperationAST, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { beginAudit, codesOf } from '../audit.ts';
import type { AddressOf } from '../../guards/client-address.ts';
import type { Log } from '../../observability/log.ts';
import type { ServerContext } from '../../request/server-context.ts';

type Resolver = GraphQLFieldResolver<unknown, ServerContext>;

const DONE = ['done'];

/** What a mutation field says of its write: `done`, or the codes of its `userErrors`. */
const outcomeOf = (payload: unknown): readonly string[] => {
  if (payload instanceof Error) return codesOf([payload]);
  const userErrors =
    typeof payload === 'object' && payload !== null && 'userErrors' in payload ? payload.userErrors : [];
  const codes = new Set((userErrors as readonly { code: string }[]).map(({ code }) => code));
  return codes.size === 0 ? DONE : [...codes];
};

const audited =
  (resolve: Resolver): Resolver =>
  async (source, args, context, info) => {
    const settle = (outcome: readonly string[]) =>
      context.operation.audit?.settle(String(info.path.key), outcome);
    try {
      const payload: unknown = await resolve(source, args, context, info);
      settle(outcomeOf(payload));
      return payload;
    } catch (error) {
      settle(codesOf([error]));
      throw error;
    }
  };

/** Has the mutations of a schema tell the audit line how they ended. It changes the schema itself, which must be nobody else's. */
export const auditMutations = (schema: GraphQLSchema): void => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}))
    if (field.resolve) field.resolve = audited(field.resolve as Resolver);
};

const callerOf = ({ operation, req }: ServerContext): string =>
  operation.identity?.caller ?? (req.headers['x-auth-token'] ? 'token' : 'anonymous');

/** Writes the audit line of each mutation when its outcome is known, also where it is refused or its client hung up. */
export const useAudit = (
  log: Pick<Log, 'audit'>,
  addressOf: AddressOf,
): Plugin<ServerContext & YogaInitialContext, ServerContext> => ({
  onParse:
    () =>
    ({ result, context }) => {
      if (result === null || result instanceof Error) return;
      const { operation, params, req } = context;
      const definition = getOperationAST(result, params.operationName);
      if (definition?.operation !== 'mutation') return;
      const { requestId } = operation;
      operation.audit = beginAudit(
        {
          requestId,
          caller: callerOf(context),
          address: addressOf(req),
          document: result,
          definition,
          variables: params.variables ?? {},
        },
        (facts) => log.audit(facts),
      );
    },
  onExecute: ({ executeFn, setExecuteFn, args: { contextValue } }) => {
    const { operation } = contextValue;
    const { audit } = operation;
    if (!audit) return;
    const run = async (args: Parameters<typeof executeFn>[0]) => {
      try {
        const result: unknown = await executeFn(args);
        audit.write((result as { errors?: readonly unknown[] }).errors ?? []);
        return result;
      } catch (error) {
        audit.write([error]);
        throw error;
      }
    };
    setExecuteFn((args) => {
      const running = run(args);
      operation.writing = running.catch(() => {});
      return running;
    });
  },
  onResultProcess: ({ result, serverContext: { operation } }) => {
    // Of what ran it is written already.
    if (operation.audit && !Array.isArray(result) && !isAsyncIterable(result))
      operation.audit.write(result.errors ?? []);
  },
});
