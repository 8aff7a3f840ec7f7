import {
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  isObjectType,
  responsePathAsArray,
} from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { codeOf } from './mask-error.ts';

/** A failure as a value: graphql then tells it for this one item of a list, and leaves the others alone. */
const orError = async <T>(context: Context, read: () => Promise<T>): Promise<T | null> => {
  try {
    return await read();
  } catch (error) {
    try {
      return context.fieldErrors.throwOrCount(error, codeOf);
    } catch (told) {
      return told as T;
    }
  }
};

/** What is wrong with one of many inputs. No error yet: the same is often wrong with all of them, and errors are dear. */
export class InvalidInput {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const POSITIONS_TOLD = 100;

/** One error for the same mistake at several positions of a list. */
const atPositions = (message: string, positions: readonly number[], info: GraphQLResolveInfo) => {
  const told = positions.slice(0, POSITIONS_TOLD).join(', ');
  const more = positions.length - POSITIONS_TOLD;
  const where = more > 0 ? `${told} and ${more} more` : told;
  return new GraphQLError(`${message} This is so at ${positions.length} positions: ${where}.`, {
    nodes: info.fieldNodes,
    path: responsePathAsArray(info.path),
    originalError: badInput(`${message} This is so at ${positions.length} positions: ${where}.`),
  });
};

/**
 * Reads many things at once, each by itself. What is wrong with an input is found before anything is read; the same mistake at several
 * positions is one error, and the items at these positions are null.
 */
export const readEach = <Input, Target, Item>(
  inputs: readonly Input[],
  targetOf: (input: Input) => Target | InvalidInput,
  read: (target: Target) => Promise<Item>,
  context: Context,
  info: GraphQLResolveInfo,
): (Promise<Item | null> | Item | null)[] => {
  const mistakes = new Map<string, number[]>();
  const items = inputs.map((input, at): Promise<Item | null> | Item | null => {
    const target = targetOf(input);
    if (!(target instanceof InvalidInput)) return orError(context, () => read(target));
    const same = mistakes.get(target.message);
    if (same) same.push(at);
    else mistakes.set(target.message, [at]);
    return null;
  });
  for (const [message, positions] of mistakes) {
    if (positions.length === 1) items[positions[0]!] = badInput(message) as Item;
    else context.partialErrors.push(atPositions(message, positions, info));
  }
  return items;
};

const isReference = (value: unknown): value is { __typename: string } =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { __typename?: unknown }).__typename === 'string';

/** Whether a reference has a text of that name, as its own: names of the prototype are none. */
const isKey = (reference: object, name: string): boolean => {
  if (!Object.hasOwn(reference, name)) return false;
  const value: unknown = (reference as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '';
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

/** What an entity's resolver gives; what it refuses as bad input before it reads anything is wrong with the reference. */
const orMistake = (resolve: () => unknown): { read: unknown } | InvalidInput => {
  try {
    return { read: resolve() };
  } catch (error) {
    if (codeOf(error) === 'BAD_USER_INPUT') return new InvalidInput((error as Error).message);
    return { read: Promise.reject(error) };
  }
};

/**
 * `_entities`: each representation is resolved by itself. The stock resolver maps them in one go and throws at a bad one: that
 * nulls the whole list, and the promises it abandons can end the process.
 */
export const resolveEntities: GraphQLFieldResolver<unknown, Context> = (_root, args, context, info) =>
  readEach(
    args['representations'] as unknown[],
    (reference) => {
      const resolve = isReference(reference) && referenceResolver(reference.__typename, info);
      if (!resolve)
        return new InvalidInput('A representation needs the `__typename` of an entity of this subgraph.');
      return orMistake(() => resolve(reference, context, info));
    },
    async ({ read }) => read,
    context,
    info,
  );

/**
 * Reads the first of an entity's keys that a reference has whole.
 * @throws `BAD_USER_INPUT` where it has none: always the same error, since thousands of references can lack the same.
 */
export const keyReader = <Name extends string>(
  ...keys: readonly (readonly Name[])[]
): ((reference: object) => Partial<Record<Name, string>>) => {
  const wanted = keys.map((names) => names.map((name) => `\`${name}\``).join(', ')).join(', or ');
  const missing = badInput(`A representation needs ${wanted}, as text.`);
  return (reference) => {
    const names = keys.find((one) => one.every((name) => isKey(reference, name)));
    if (!names) throw missing;
    const values = reference as Record<Name, string>;
    return Object.fromEntries(names.map((name) => [name, values[name]])) as Partial<Record<Name, string>>;
  };
};
