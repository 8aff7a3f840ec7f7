import { type GraphQLFieldResolver, type GraphQLResolveInfo, isObjectType } from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { codeOf } from './mask-error.ts';
import { InvalidInput, readEach } from './read-each.ts';

const isReference = (value: unknown): value is { __typename: string } =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { __typename?: unknown }).__typename === 'string';

/** Whether a reference has a non-empty text as its own property of this name; inherited properties do not count. */
const hasKey = (reference: object, name: string): boolean => {
  if (!Object.hasOwn(reference, name)) return false;
  const value: unknown = (reference as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '';
};

type ResolveReference = (reference: object, context: Context, info: GraphQLResolveInfo) => unknown;

const findReferenceResolver = (
  typename: unknown,
  { schema }: GraphQLResolveInfo,
): ResolveReference | undefined => {
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined;
  if (!isObjectType(type)) return undefined;
  return (type.extensions as { apollo?: { subgraph?: { resolveReference?: ResolveReference } } }).apollo
    ?.subgraph?.resolveReference;
};

/** Calls the resolver of an entity. An error `BAD_USER_INPUT` that it throws synchronously means that the reference is invalid. */
const resolveOrInvalid = (resolve: () => unknown): { read: unknown } | InvalidInput => {
  try {
    return { read: resolve() };
  } catch (error) {
    if (codeOf(error) === 'BAD_USER_INPUT') return new InvalidInput((error as Error).message);
    return { read: Promise.reject(error) };
  }
};

/**
 * The resolver of `_entities`: each representation is resolved independently. The default resolver throws at the first invalid
 * representation: the whole list becomes null then, and unhandled rejections of the others can end the process.
 */
export const resolveEntities: GraphQLFieldResolver<unknown, Context> = (_root, args, context, info) =>
  readEach(
    args['representations'] as unknown[],
    (reference) => {
      const resolve = isReference(reference) && findReferenceResolver(reference.__typename, info);
      if (!resolve)
        return new InvalidInput('A representation needs the `__typename` of an entity of this subgraph.');
      return resolveOrInvalid(() => resolve(reference, context, info));
    },
    ({ read }) => read,
    context,
    info,
  );

/**
 * Creates a reader of an entity's keys: it returns the first key whose fields are all in a reference.
 * @throws `BAD_USER_INPUT` if a reference has no key; always the same error object, since thousands of references can lack keys.
 */
export const keyReader = <Name extends string>(
  ...keys: readonly (readonly Name[])[]
): ((reference: object) => Partial<Record<Name, string>>) => {
  const alternatives = keys.map((names) => names.map((name) => `\`${name}\``).join(', ')).join(', or ');
  const missingKeyError = badInput(`A representation needs ${alternatives}, as text.`);
  return (reference) => {
    const names = keys.find((one) => one.every((name) => hasKey(reference, name)));
    if (!names) throw missingKeyError;
    const key: Partial<Record<Name, string>> = {};
    for (const name of names) key[name] = (reference as Record<Name, string>)[name];
    return key;
  };
};
