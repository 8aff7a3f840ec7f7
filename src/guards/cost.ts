import {
  type FieldNode,
  type GraphQLField,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import type { Multiplied } from '../graph/multiplied.ts';
import type { PageSizes } from '../paging/request.ts';
import type { Asked } from './shape.ts';

type Variables = Readonly<Record<string, unknown>>;
type ValueOf = (node: FieldNode, argument: string) => unknown;

/** A literal as far as cost needs it: numbers, and how many values a list has. */
const literalValue = (value: ValueNode | undefined): unknown => {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind === Kind.LIST) return value.values;
  return value?.kind === Kind.NULL ? null : value;
};

const valuesIn = (operation: OperationDefinitionNode, variables: Variables): ValueOf => {
  const defaults = new Map(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  );
  return (node, argument) => {
    const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
    if (value?.kind !== Kind.VARIABLE) return literalValue(value);
    const name = value.name.value;
    return Object.hasOwn(variables, name) ? variables[name] : literalValue(defaults.get(name));
  };
};

/** How many rows a page will have at most; what is more than a page may have is refused when it is read. */
const rowsOf = (node: FieldNode, valueOf: ValueOf, sizes: PageSizes): number => {
  const given = [valueOf(node, 'first'), valueOf(node, 'last')].filter((size) => typeof size === 'number');
  return given.length === 0 ? sizes.default : Math.min(Math.max(0, ...given), sizes.max);
};

const countOf = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return value === null || value === undefined ? 0 : 1;
};

const multipliedOf = (definition: GraphQLField<unknown, unknown> | undefined): Multiplied | undefined =>
  definition?.extensions['multiplied'] as Multiplied | undefined;

/** How many objects an operation asks for at most, where every page is full. */
export const costOf = (
  operation: OperationDefinitionNode,
  asked: readonly Asked[],
  variables: Variables,
  sizes: PageSizes,
): number => {
  const valueOf = valuesIn(operation, variables);
  const objectsOf = ({ ways, below }: Asked): number => {
    const parts = below.map((part) => ({ name: part.name, objects: objectsOf(part) }));
    let most = 0;
    // Of several types behind fragments, an object is of one.
    for (const [definition, node] of ways) {
      const multiplied = multipliedOf(definition);
      const rows = multiplied?.rows ? rowsOf(node, valueOf, sizes) : 1;
      let objects = 1;
      for (const part of parts) objects += part.objects * (multiplied?.rows?.includes(part.name) ? rows : 1);
      const values = multiplied?.valuesOf ? countOf(valueOf(node, multiplied.valuesOf)) : 1;
      most = Math.max(most, objects * values);
    }
    return most;
  };
  const total = asked.reduce((sum, one) => sum + objectsOf(one), 0);
  return Math.min(total, Number.MAX_SAFE_INTEGER);
};
