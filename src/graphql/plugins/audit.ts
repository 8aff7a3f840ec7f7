import { getOperationAST, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { beginAudit, codesOf } from '../audit.ts';
import type { AddressOf } from '../../guards/client-address.ts';
import type { Log } from '../../observability/log.ts';
import type { ServerContext } from '../../request/server-context.ts';

type Resolver = GraphQLFieldResolver<unknown, ServerContext>;

const SUCCEEDED = ['done'];

/** The outcome of a mutation field: `done`, or the codes of its errors or `userErrors`. */
const readOutcome = (payload: unknown): readonly string[] => {
  if (payload instanceof Error) return codesOf([payload]);
  const userErrors =
    typeof payload === 'object' && payload !== null && 'userErrors' in payload ? payload.userErrors : [];
  const codes = new Set((userErrors as readonly { code: string }[]).map(({ code }) => code));
  return codes.size === 0 ? SUCCEEDED : [...codes];
};

const withAudit =
  (resolve: Resolver): Resolver =>
  async (source, args, context, info) => {
    const setOutcome = (outcome: readonly string[]) =>
      context.operation.audit?.settle(String(info.path.key), outcome);
    try {
      const payload: unknown = await resolve(source, args, context, info);
      setOutcome(readOutcome(payload));
      return payload;
    } catch (error) {
      setOutcome(codesOf([error]));
      throw error;
    }
  };

/** Makes the mutation fields of a schema record their outcome for the audit line. Changes the schema in place. */
export const auditMutations = (schema: GraphQLSchema): void => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}))
    if (field.resolve) field.resolve = withAudit(field.resolve as Resolver);
};

const describeCaller = ({ operation, req }: ServerContext): string =>
  operation.identity?.caller ?? (req.headers['x-auth-token'] ? 'token' : 'anonymous');

/** Writes the audit line of each mutation when its outcome is known, also if it is refused or its client disconnects. */
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
          caller: describeCaller(context),
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
    // For operations that ran, the line is written already; a second call does nothing.
    if (operation.audit && !Array.isArray(result) && !isAsyncIterable(result))
      operation.audit.write(result.errors ?? []);
  },
});
