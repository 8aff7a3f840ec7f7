import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { Context } from '../request/context.ts';
import { asClientError } from '../graph/mask-error.ts';

type Resolver = GraphQLFieldResolver<unknown, Pick<Context, 'trace'>>;

const codeOf = (error: unknown): string => String(asClientError(error, '').extensions['code']);

/** What is resolved at once stays at once: each promise costs the executor a turn. */
const traced =
  (name: string, resolve: Resolver): Resolver =>
  (source, args, context, info) => {
    const end = context.trace?.field(name);
    if (!end) return resolve(source, args, context, info);
    const given = <Value>(value: Value): Value => {
      end(value instanceof Error ? codeOf(value) : undefined);
      return value;
    };
    const thrown = (error: unknown): never => {
      end(codeOf(error));
      throw error;
    };
    let result: unknown;
    try {
      result = resolve(source, args, context, info);
    } catch (error) {
      return thrown(error);
    }
    return result instanceof Promise ? result.then(given, thrown) : given(result);
  };

/** Has the root fields of a schema show in the trace of their operation. It changes the schema itself, which must be nobody else's. */
export const traceRootFields = (schema: GraphQLSchema): void => {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = traced(`${type!.name}.${field.name}`, field.resolve ?? defaultFieldResolver);
    }
  }
};
