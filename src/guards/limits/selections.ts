import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';
import { createCounters, type SelectionCounters } from './selection-counters.ts';

type Definition = GraphQLField<unknown, unknown>;

/** The selected fields of an object: leaves, and fields with selections of their own. */
export interface SelectionTree {
  leaves: ReadonlyMap<string, Definition | undefined>;
  children: readonly SelectedField[];
}

/** The fields of an operation under one response name, and what is selected below them. */
export interface SelectedField extends SelectionTree {
  name: string;
  /** One field node for each definition: types behind fragments may define the field differently. */
  definitions: ReadonlyMap<Definition | undefined, FieldNode>;
}

/** The selections of each operation of a document. */
export type OperationSelections = ReadonlyMap<OperationDefinitionNode, SelectionTree>;

type Root = OperationDefinitionNode | FragmentDefinitionNode;
type Type = GraphQLNamedType | undefined;

/** Selections on a type; the type is undefined if the schema does not have it. */
interface TypedSelections {
  type: Type;
  selectionSet: SelectionSetNode;
}

/** Fields by response name: those with the same name are merged in the response. */
type Fields = ReadonlyMap<string, readonly { node: FieldNode; type: Type }[]>;

const typeOf = (schema: GraphQLSchema, root: Root): Type =>
  root.kind === Kind.FRAGMENT_DEFINITION
    ? schema.getType(root.typeCondition.name.value)
    : (schema.getRootType(root.operation) ?? undefined);

const definitionOf = (schema: GraphQLSchema, type: Type, name: string): Definition | undefined => {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
};

/** Collects the fields of selections that are merged, through all fragments; each fragment counts once. */
const createFieldCollector = (
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  reached: Set<FragmentDefinitionNode>,
  counters: SelectionCounters,
) => {
  const spreadFragment = (name: string, spread: Set<FragmentDefinitionNode>): TypedSelections | undefined => {
    const fragment = fragments.get(name);
    if (!fragment || spread.has(fragment)) return undefined;
    spread.add(fragment);
    reached.add(fragment);
    counters.countDirectives(fragment.directives);
    return { type: typeOf(schema, fragment), selectionSet: fragment.selectionSet };
  };

  return (places: readonly TypedSelections[]): Fields => {
    const fields = new Map<string, { node: FieldNode; type: Type }[]>();
    const spread = new Set<FragmentDefinitionNode>();
    let spreads = 0;
    // An explicit stack: fragments can be nested deeper than the call stack allows.
    const open = [...places];
    for (let place = open.pop(); place; place = open.pop()) {
      const { type, selectionSet } = place;
      for (const selection of selectionSet.selections) {
        counters.countSelection();
        counters.countDirectives(selection.directives);
        if (selection.kind === Kind.FIELD) {
          if (selection.alias) counters.countAlias();
          counters.countArguments(selection.arguments);
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push({ node: selection, type });
          else fields.set(name, [{ node: selection, type }]);
        } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          spreads += 1;
          const fragment = spreadFragment(selection.name.value, spread);
          if (fragment) open.push(fragment);
        } else {
          const on = selection.typeCondition;
          const inner = on ? schema.getType(on.name.value) : type;
          open.push({ type: inner, selectionSet: selection.selectionSet });
        }
      }
    }
    counters.countComparable(spreads);
    for (const same of fields.values()) counters.countComparable(same.length);
    return fields;
  };
};

/**
 * Collects the selections of the operations of a document, which need not be valid. The work is bounded for every document.
 * @throws `QUERY_TOO_COMPLEX` if validating or executing it would cost too much.
 */
export const collectSelections = (
  schema: GraphQLSchema,
  document: DocumentNode,
  limits: OperationLimits,
): OperationSelections => {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const reached = new Set<FragmentDefinitionNode>();
  const counters = createCounters(limits);
  const named = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const collectFields = createFieldCollector(schema, named, reached, counters);

  const toTree = (fields: Fields, depth: number): SelectionTree => {
    if (depth > limits.depth) throw overLimit('depth', limits.depth);
    const leaves = new Map<string, Definition | undefined>();
    const children: SelectedField[] = [];
    for (const [responseName, same] of fields) {
      const definitions = new Map<Definition | undefined, FieldNode>();
      const places: TypedSelections[] = [];
      for (const { node, type } of same) {
        if (!node.selectionSet) continue;
        const definition = definitionOf(schema, type, node.name.value);
        if (!definitions.has(definition)) definitions.set(definition, node);
        places.push({ type: definition && getNamedType(definition.type), selectionSet: node.selectionSet });
      }
      const { node, type } = same[0]!;
      const name = node.name.value;
      if (places.length === 0) leaves.set(responseName, definitionOf(schema, type, name));
      else children.push({ name, definitions, ...toTree(collectFields(places), depth + 1) });
    }
    return { leaves, children };
  };

  const collectRoot = (root: Root): SelectionTree => {
    counters.countDirectives(root.directives);
    for (const { defaultValue: value, directives } of root.variableDefinitions ?? []) {
      counters.countSelection();
      counters.countDirectives(directives);
      if (value) counters.countValue(value);
    }
    const fields = collectFields([{ type: typeOf(schema, root), selectionSet: root.selectionSet }]);
    if (root.kind === Kind.OPERATION_DEFINITION && fields.size > limits.rootFields)
      throw overLimit('rootFields', limits.rootFields, fields.size);
    const selected = toTree(fields, 1);
    counters.nextOperation();
    return selected;
  };

  const selections = new Map(operations.map((operation) => [operation, collectRoot(operation)]));
  // Validation visits unused fragments as well.
  for (const fragment of fragments) if (!reached.has(fragment)) collectRoot(fragment);
  return selections;
};
