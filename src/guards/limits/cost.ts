import {
  type FieldNode,
  getNullableType,
  type GraphQLField,
  type GraphQLSchema,
  isIntrospectionType,
  getNamedType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import type { Multiplied } from './cost-hints.ts';
import type { PageSizes } from '../../paging/page-request.ts';
import { createIntrospectionCost } from './introspection-cost.ts';
import type { Asked, Selected } from './selections.ts';

type Variables = Readonly<Record<string, unknown>>;
type ValueOf = (node: FieldNode, argument: string) => unknown;
type Definition = GraphQLField<unknown, unknown>;

/** A list without pages is short, such as the tags of a cluster: it counts as so many values. */
const VALUES_OF_A_SHORT_LIST = 5;

/** What is looked up by an argument counts so much more for each of its values: it can fail by itself, and an error is no value. */
const VALUES_OF_A_LOOKUP = 5;

/** A literal as far as cost needs it: numbers, texts, and how many values a list has. */
const literalValue = (value: ValueNode | undefined): unknown => {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind === Kind.LIST) return value.values;
  if (value?.kind === Kind.STRING) return value.value;
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

const multipliedOf = (definition: Definition | undefined): Multiplied | undefined =>
  definition?.extensions['multiplied'] as Multiplied | undefined;

const isList = (definition: Definition | undefined): boolean =>
  definition !== undefined && isListType(getNullableType(definition.type));

/** How many objects a field gives that has neither pages nor an argument that counts them. */
const shortListOf = ({ ways }: Asked): number =>
  ways.keys().some((definition) => isList(definition) && multipliedOf(definition) === undefined)
    ? VALUES_OF_A_SHORT_LIST
    : 1;

const weightOf = (definition: Definition | undefined): number =>
  multipliedOf(definition)?.weight ?? (isList(definition) ? VALUES_OF_A_SHORT_LIST : 1);

const isIntrospection = ({ ways }: Asked): boolean =>
  ways.keys().some((definition) => definition && isIntrospectionType(getNamedType(definition.type)));

/** What an answer can have at most. */
interface Cost {
  values: number;
  /** Fields without selections, each as often as it stands in the operation. */
  leaves: number;
}

/**
 * How many values an answer has at most, where every page is full: each object and each field without selections is one. It
 * stands for the bytes of the answer, and for the time and the memory that they take.
 */
export const costOf = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  selected: Selected,
  variables: Variables,
  { sizes, limit }: { sizes: PageSizes; limit: number },
): Cost => {
  const valueOf = valuesIn(operation, variables);
  let leafCount = 0;
  const introspectionCost = createIntrospectionCost(schema, valueOf, limit);

  /** Of one object, without what is below it. */
  const leavesOf = ({ leaves }: Selected): number => {
    let sum = 0;
    for (const definition of leaves.values()) sum += weightOf(definition);
    leafCount += leaves.size;
    return sum;
  };

  /** Of one object under a field, with what is below it; of the dearest, since behind fragments it is of one type. */
  const valuesOfOne = (asked: Asked): number => {
    const parts = asked.below.map((part) => ({ part, values: valuesOfOne(part) }));
    const own = 1 + leavesOf(asked);
    let most = 0;
    for (const [definition, node] of asked.ways) {
      const multiplied = multipliedOf(definition);
      const rows = multiplied?.rows ? rowsOf(node, valueOf, sizes) : 1;
      const below = parts.reduce(
        (sum, { part, values }) =>
          sum + values * (multiplied?.rows?.includes(part.name) ? rows : shortListOf(part)),
        0,
      );
      const looked = multiplied?.valuesOf;
      const values =
        looked === undefined
          ? own + below
          : (own + below + VALUES_OF_A_LOOKUP) * countOf(valueOf(node, looked));
      most = Math.max(most, values);
    }
    return most;
  };

  const total = selected.below.reduce(
    (sum, asked) =>
      sum + (isIntrospection(asked) ? introspectionCost(asked) : valuesOfOne(asked) * shortListOf(asked)),
    leavesOf(selected),
  );
  return { values: Math.min(total, Number.MAX_SAFE_INTEGER), leaves: leafCount };
};
