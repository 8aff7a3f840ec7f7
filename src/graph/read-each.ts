import { GraphQLError, type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import { badInput } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { codeOf } from './mask-error.ts';

/** Why one of many inputs is invalid. Not an error yet: often all inputs have the same problem, and errors are expensive. */
export class InvalidInput {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** The most positions that an error message lists. */
const MAX_LISTED_POSITIONS = 100;

/** Reads an item. A failure is returned as a value: graphql-js then reports it for one item of a list, and keeps the others. */
const readOrError = <T>(read: () => Promise<T> | T, onError: (error: unknown) => T): Promise<T> | T => {
  try {
    const item = read();
    return item instanceof Promise ? item.catch(onError) : item;
  } catch (error) {
    return onError(error);
  }
};

/** One error for the same problem at several positions of a list. */
const errorAtPositions = (message: string, positions: readonly number[], info: GraphQLResolveInfo) => {
  const listed = positions.slice(0, MAX_LISTED_POSITIONS).join(', ');
  const more = positions.length - MAX_LISTED_POSITIONS;
  const where = more > 0 ? `${listed} and ${more} more` : listed;
  return new GraphQLError(`${message} This is so at ${positions.length} positions: ${where}.`, {
    nodes: info.fieldNodes,
    path: responsePathAsArray(info.path),
    originalError: badInput(`${message} This is so at ${positions.length} positions: ${where}.`),
  });
};

/**
 * Reads many items, each independently. All inputs are parsed before anything is read. The same problem at several positions becomes
 * one error, and the items at these positions are null.
 */
export const readEach = <Input, Target, Item>(
  inputs: readonly Input[],
  parse: (input: Input) => Target | InvalidInput,
  read: (target: Target) => Promise<Item> | Item,
  context: Context,
  info: GraphQLResolveInfo,
): (Promise<Item | null> | Item | null)[] => {
  const positionsByMessage = new Map<string, number[]>();
  const onError = (error: unknown): Item => {
    try {
      return context.fieldErrors.throwOrCount(error, codeOf) as Item;
    } catch (thrown) {
      return thrown as Item;
    }
  };
  const items = inputs.map((input, position): Promise<Item | null> | Item | null => {
    const target = parse(input);
    if (!(target instanceof InvalidInput)) return readOrError(() => read(target), onError);
    const positions = positionsByMessage.get(target.message);
    if (positions) positions.push(position);
    else positionsByMessage.set(target.message, [position]);
    return null;
  });
  for (const [message, positions] of positionsByMessage) {
    if (positions.length === 1) items[positions[0]!] = badInput(message) as Item;
    else context.partialErrors.push(errorAtPositions(message, positions, info));
  }
  return items;
};
