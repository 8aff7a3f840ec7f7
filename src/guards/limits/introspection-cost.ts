import type { FieldNode, GraphQLField, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import type { SelectedField } from './selections.ts';

type Definition = GraphQLField<unknown, unknown>;

const BYTES_OF_A_VALUE = 50;

/** Every value is computed once to be counted, and once for the response. */
const PASSES = 2;

const valuesOfLeaf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'string' ? Math.ceil((value.length + 1) / BYTES_OF_A_VALUE) : 1;
};

/**
 * Counts the values of `__schema` or `__type` exactly: the schema is known, and an estimate by the length of lists would be wrong by
 * orders of magnitude in both directions. The same selections on a type are counted once, and multiplied.
 */
export const createIntrospectionCost = (
  schema: GraphQLSchema,
  valueOf: (node: FieldNode, argument: string) => unknown,
  /** Counting stops there, so that it takes no longer than the largest response would. */
  limit: number,
) => {
  const info = { schema } as GraphQLResolveInfo;
  const resolve = (definition: Definition | undefined, source: unknown, node?: FieldNode): unknown => {
    // Deprecated fields and values are always counted.
    const args = { includeDeprecated: true, name: node && valueOf(node, 'name') };
    try {
      return definition?.resolve?.(source, args, undefined, { ...info, parentType: { name: '' } } as never);
    } catch {
      return null;
    }
  };

  return (root: SelectedField): number => {
    const counted = new Map<SelectedField, Map<unknown, number>>();
    let steps = 0;

    const valuesUnder = (field: SelectedField, source: unknown): number => {
      const [[definition, node] = []] = field.definitions;
      const value = resolve(definition, source, node);
      if (value === null || value === undefined) return 1;
      const items = Array.isArray(value) ? value : [value];
      return items.reduce((sum: number, item) => sum + valuesOfObject(field, item), 0);
    };

    const valuesOfObject = (field: SelectedField, object: unknown): number => {
      const known = counted.get(field)?.get(object);
      if (known !== undefined) return known;
      steps += 1;
      if (steps > limit) return limit;
      let values = 1;
      for (const definition of field.leaves.values()) values += valuesOfLeaf(resolve(definition, object));
      for (const part of field.children) values += valuesUnder(part, object);
      const ofField = counted.get(field) ?? new Map<unknown, number>();
      counted.set(field, ofField.set(object, values));
      return values;
    };
    return PASSES * valuesUnder(root, undefined);
  };
};
