import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { Context } from '../request/context.ts';
import { maskError } from '../graph/mask-error.ts';

type Resolver = GraphQLFieldResolver<unknown, Pick<Context, 'trace'>>;

const codeOf = (error: unknown): string => String(maskError(error, '').extensions['code']);

/** Keeps synchronous results synchronous, since each promise delays the executor by a turn of the event loop. */
const withSpan =
  (name: string, resolve: Resolver): Resolver =>
  (source, args, context, info) => {
    const end = context.trace?.field(name);
    if (!end) return resolve(source, args, context, info);
    const endWithValue = <Value>(value: Value): Value => {
      end(value instanceof Error ? codeOf(value) : undefined);
      return value;
    };
    const endWithError = (error: unknown): never => {
      end(codeOf(error));
      throw error;
    };
    let result: unknown;
    try {
      result = resolve(source, args, context, info);
    } catch (error) {
      return endWithError(error);
    }
    return result instanceof Promise ? result.then(endWithValue, endWithError) : endWithValue(result);
  };

/** Traces each root field of a schema as a span. Changes the schema in place. */
export const traceRootFields = (schema: GraphQLSchema): void => {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = withSpan(`${type!.name}.${field.name}`, field.resolve ?? defaultFieldResolver);
    }
  }
};
