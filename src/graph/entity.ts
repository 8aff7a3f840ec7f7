import { type GraphQLFieldResolver, type GraphQLResolveInfo, isObjectType } from 'graphql';
import { z } from 'zod';
import { badInput } from '../client-error.ts';
import type { Context } from '../context.ts';

/** A failure as a value: graphql then tells it for this one item of a list, and leaves the others alone. */
export const orError = async <T>(read: () => T | Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    return error as T;
  }
};

type ResolveReference = (reference: object, context: Context, info: GraphQLResolveInfo) => unknown;

const referenceResolver = (
  typename: unknown,
  { schema }: GraphQLResolveInfo,
): ResolveReference | undefined => {
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined;
  if (!isObjectType(type)) return undefined;
  return (type.extensions as { apollo?: { subgraph?: { resolveReference?: ResolveReference } } }).apollo
    ?.subgraph?.resolveReference;
};

/**
 * `_entities`: each representation is resolved by itself. The stock resolver maps them in one go and throws at a bad one: that
 * nulls the whole list, and the promises it abandons can end the process.
 */
export const resolveEntities: GraphQLFieldResolver<unknown, Context> = (_root, args, context, info) =>
  (args['representations'] as unknown[]).map((representation) =>
    orError(() => {
      const reference = z.looseObject({ __typename: z.string() }).safeParse(representation);
      const resolve = reference.success && referenceResolver(reference.data.__typename, info);
      if (!resolve) throw badInput('A representation needs the `__typename` of an entity of this subgraph.');
      return resolve(reference.data, context, info);
    }),
  );

/** The first of an entity's keys that a representation has whole. */
export const keyOf = <Name extends string>(
  reference: object,
  ...keys: readonly (readonly Name[])[]
): Partial<Record<Name, string>> => {
  for (const names of keys) {
    const shape = z.object(Object.fromEntries(names.map((name) => [name, z.string().min(1)])));
    const key = shape.safeParse(reference);
    if (key.success) return key.data as Partial<Record<Name, string>>;
  }
  const wanted = keys.map((names) => names.map((name) => `\`${name}\``).join(', ')).join(', or ');
  throw badInput(`A representation needs ${wanted}, as text.`);
};
