import type { FieldNode, GraphQLField, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import type { Asked } from './selections.ts';

type Definition = GraphQLField<unknown, unknown>;

const BYTES_OF_A_VALUE = 50;

/** Every value is worked out to be counted, and once more for the answer. */
const PASSES = 2;

const valuesOfLeaf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'string' ? Math.ceil((value.length + 1) / BYTES_OF_A_VALUE) : 1;
};

/**
 * Counts the values of `__schema` or `__type` exactly: the schema is there to be asked, and an estimate by the length of lists would
 * be wrong by orders of magnitude in both directions. What is asked of a type twice is counted once, and multiplied.
 */
export const createIntrospectionCost = (
  schema: GraphQLSchema,
  valueOf: (node: FieldNode, argument: string) => unknown,
  /** Counting ends there, so that it takes no longer than the largest answer would. */
  limit: number,
) => {
  const info = { schema } as GraphQLResolveInfo;
  const resolve = (definition: Definition | undefined, source: unknown, node?: FieldNode): unknown => {
    // Deprecated things are counted in any case.
    const args = { includeDeprecated: true, name: node && valueOf(node, 'name') };
    try {
      return definition?.resolve?.(source, args, undefined, { ...info, parentType: { name: '' } } as never);
    } catch {
      return null;
    }
  };

  return (root: Asked): number => {
    const counted = new Map<Asked, Map<unknown, number>>();
    let steps = 0;

    const valuesUnder = (asked: Asked, source: unknown): number => {
      const [[definition, node] = []] = asked.ways;
      const value = resolve(definition, source, node);
      if (value === null || value === undefined) return 1;
      const items = Array.isArray(value) ? value : [value];
      return items.reduce((sum: number, item) => sum + valuesOfObject(asked, item), 0);
    };

    const valuesOfObject = (asked: Asked, object: unknown): number => {
      const known = counted.get(asked)?.get(object);
      if (known !== undefined) return known;
      steps += 1;
      if (steps > limit) return limit;
      let values = 1;
      for (const definition of asked.leaves.values()) values += valuesOfLeaf(resolve(definition, object));
      for (const part of asked.below) values += valuesUnder(part, object);
      const ofAsked = counted.get(asked) ?? new Map<unknown, number>();
      counted.set(asked, ofAsked.set(object, values));
      return values;
    };
    return PASSES * valuesUnder(root, undefined);
  };
};
