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
import type { CostHints } from './cost-hints.ts';
import type { PageSizes } from '../../paging/page-request.ts';
import { createIntrospectionCost } from './introspection-cost.ts';
import type { SelectedField, SelectionTree } from './selections.ts';

type Variables = Readonly<Record<string, unknown>>;
type ValueOf = (node: FieldNode, argument: string) => unknown;
type Definition = GraphQLField<unknown, unknown>;

/** A list without pages, such as the tags of a cluster, is short: it counts as so many values. */
const VALUES_OF_A_SHORT_LIST = 5;

/** A lookup by a value of an argument costs so many values more: it can fail by itself, and an error is larger than a value. */
const VALUES_OF_A_LOOKUP = 5;

/**
 * A field over all clusters and services counts so many of them, whatever there are: what reading one takes is paid for by the values
 * of a page of it.
 */
const PARENTS = 200;
const VALUES_OF_A_PARENT = 20;

/** The value of a literal as far as the estimate needs it: numbers, texts, lists with their length, objects with what is given. */
const literalValue = (value: ValueNode | undefined): unknown => {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind === Kind.LIST) return value.values;
  if (value?.kind === Kind.STRING) return value.value;
  if (value?.kind === Kind.OBJECT)
    return Object.fromEntries(
      value.fields.map(({ name, value: field }) => [name.value, literalValue(field)]),
    );
  return value?.kind === Kind.NULL ? null : value;
};

/** Reads arguments; `noteVariable` is called when the value of one is a variable. */
const valuesIn = (
  operation: OperationDefinitionNode,
  variables: Variables,
  noteVariable: () => void,
): ValueOf => {
  const defaults = new Map(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  );
  return (node, argument) => {
    const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
    if (value?.kind !== Kind.VARIABLE) return literalValue(value);
    noteVariable();
    const name = value.name.value;
    return Object.hasOwn(variables, name) ? variables[name] : literalValue(defaults.get(name));
  };
};

/** The most rows that a page can have. A larger `first` or `last` is refused when the page is read. */
const countRows = (node: FieldNode, valueOf: ValueOf, sizes: PageSizes): number => {
  const sizesGiven = [valueOf(node, 'first'), valueOf(node, 'last')].filter(
    (size) => typeof size === 'number',
  );
  return sizesGiven.length === 0 ? sizes.default : Math.min(Math.max(0, ...sizesGiven), sizes.max);
};

const countValues = (value: unknown): number => {
  if (Array.isArray(value)) return value.length;
  return value === null || value === undefined ? 0 : 1;
};

const readCostHints = (definition: Definition | undefined): CostHints | undefined =>
  definition?.extensions['costHints'] as CostHints | undefined;

/** Whether a field reads all clusters and services. A condition with a variable counts as given. */
const readsParents = (hints: CostHints | undefined, node: FieldNode, valueOf: ValueOf): boolean => {
  if (hints?.parentsIf === undefined) return hints?.parents !== undefined;
  const filter = valueOf(node, 'filter');
  return (
    typeof filter === 'object' &&
    filter !== null &&
    hints.parentsIf in filter &&
    (filter as Variables)[hints.parentsIf] !== null
  );
};

const isList = (definition: Definition | undefined): boolean =>
  definition !== undefined && isListType(getNullableType(definition.type));

/** Objects of a field that has neither pages nor an argument to count them by. */
const unpagedObjects = ({ definitions }: SelectedField): number =>
  definitions.keys().some((definition) => isList(definition) && readCostHints(definition) === undefined)
    ? VALUES_OF_A_SHORT_LIST
    : 1;

const leafWeight = (definition: Definition | undefined): number =>
  readCostHints(definition)?.weight ?? (isList(definition) ? VALUES_OF_A_SHORT_LIST : 1);

const isIntrospection = ({ definitions }: SelectedField): boolean =>
  definitions.keys().some((definition) => definition && isIntrospectionType(getNamedType(definition.type)));

export interface Cost {
  values: number;
  /** Leaf fields, each counted as often as it is selected. */
  leaves: number;
  /** The same whatever the variables are. */
  isConstant: boolean;
}

/**
 * Estimates the most values that a response can have, if every page is full: each object and each leaf field is one. The number
 * stands for the bytes of the response, and for the time and the memory that they take.
 */
export const estimateCost = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  selected: SelectionTree,
  variables: Variables,
  { sizes, limit }: { sizes: PageSizes; limit: number },
): Cost => {
  let isConstant = true;
  const valueOf = valuesIn(operation, variables, () => {
    isConstant = false;
  });
  let leafCount = 0;
  const introspectionCost = createIntrospectionCost(schema, valueOf, limit);

  /** Values of the leaf fields of one object. */
  const leafValues = ({ leaves }: SelectionTree): number => {
    let sum = 0;
    for (const definition of leaves.values()) sum += leafWeight(definition);
    leafCount += leaves.size;
    return sum;
  };

  const objectsOf = (part: SelectedField, hints: CostHints | undefined, rows: number): number => {
    if (hints?.rows?.includes(part.name)) return rows;
    return part.name === hints?.parents ? PARENTS : unpagedObjects(part);
  };

  /** Values of one object of a field, with everything below it. Of several possible types, the most expensive one counts. */
  const objectValues = (field: SelectedField): number => {
    const parts = field.children.map((part) => ({ part, values: objectValues(part) }));
    const own = 1 + leafValues(field);
    let most = 0;
    for (const [definition, node] of field.definitions) {
      const hints = readCostHints(definition);
      const rows = hints?.rows ? countRows(node, valueOf, sizes) : 1;
      const read = readsParents(hints, node, valueOf) ? PARENTS * VALUES_OF_A_PARENT : 0;
      const below = parts.reduce(
        (sum, { part, values }) => sum + values * objectsOf(part, hints, rows),
        read,
      );
      const lookupArgument = hints?.valuesOf;
      const values =
        lookupArgument === undefined
          ? own + below
          : (own + below + VALUES_OF_A_LOOKUP) * countValues(valueOf(node, lookupArgument));
      most = Math.max(most, values);
    }
    return most;
  };

  const total = selected.children.reduce(
    (sum, field) =>
      sum + (isIntrospection(field) ? introspectionCost(field) : objectValues(field) * unpagedObjects(field)),
    leafValues(selected),
  );
  return { values: Math.min(total, Number.MAX_SAFE_INTEGER), leaves: leafCount, isConstant };
};
