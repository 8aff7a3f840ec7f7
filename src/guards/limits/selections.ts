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

/** What is asked of an object: fields without selections of their own, and those with. */
export interface SelectionTree {
  leaves: ReadonlyMap<string, Definition | undefined>;
  below: readonly SelectedField[];
}

/** What an operation asks for under one name of the answer, and below. */
export interface SelectedField extends SelectionTree {
  name: string;
  /** How it is asked for, once for each definition that types behind fragments may have. */
  ways: ReadonlyMap<Definition | undefined, FieldNode>;
}

/** What each operation of a document asks for. */
export type OperationSelections = ReadonlyMap<OperationDefinitionNode, SelectionTree>;

type Root = OperationDefinitionNode | FragmentDefinitionNode;
type Type = GraphQLNamedType | undefined;

/** Selections on a type; missing where the document names none of the schema. */
interface TypedSelections {
  type: Type;
  selectionSet: SelectionSetNode;
}

/** Fields by their name in the answer: those of one name become one. */
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

/** Gathers the fields of selections that become one answer, through all fragments, each of which counts once here. */
const gatherer = (
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  reached: Set<FragmentDefinitionNode>,
  tally: SelectionCounters,
) => {
  const fragmentIn = (name: string, spread: Set<FragmentDefinitionNode>): TypedSelections | undefined => {
    const fragment = fragments.get(name);
    if (!fragment || spread.has(fragment)) return undefined;
    spread.add(fragment);
    reached.add(fragment);
    tally.directives(fragment.directives);
    return { type: typeOf(schema, fragment), selectionSet: fragment.selectionSet };
  };

  return (places: readonly TypedSelections[]): Fields => {
    const fields = new Map<string, { node: FieldNode; type: Type }[]>();
    const spread = new Set<FragmentDefinitionNode>();
    let spreads = 0;
    // A stack of its own: fragments can be nested deeper than calls.
    const open = [...places];
    for (let place = open.pop(); place; place = open.pop()) {
      const { type, selectionSet } = place;
      for (const selection of selectionSet.selections) {
        tally.selection();
        tally.directives(selection.directives);
        if (selection.kind === Kind.FIELD) {
          if (selection.alias) tally.alias();
          tally.arguments(selection.arguments);
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push({ node: selection, type });
          else fields.set(name, [{ node: selection, type }]);
        } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          spreads += 1;
          const fragment = fragmentIn(selection.name.value, spread);
          if (fragment) open.push(fragment);
        } else {
          const on = selection.typeCondition;
          const inner = on ? schema.getType(on.name.value) : type;
          open.push({ type: inner, selectionSet: selection.selectionSet });
        }
      }
    }
    tally.alike(spreads);
    for (const same of fields.values()) tally.alike(same.length);
    return fields;
  };
};

/**
 * Refuses a document of a shape that costs too much to validate or to run, and gives back what its operations ask for. The
 * work has a bound, whatever the document; it need not be valid.
 */
export const collectSelections = (
  schema: GraphQLSchema,
  document: DocumentNode,
  limits: OperationLimits,
): OperationSelections => {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const reached = new Set<FragmentDefinitionNode>();
  const tally = createCounters(limits);
  const named = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const gather = gatherer(schema, named, reached, tally);

  const selectedIn = (fields: Fields, depth: number): SelectionTree => {
    if (depth > limits.depth) throw overLimit('depth', limits.depth);
    const leaves = new Map<string, Definition | undefined>();
    const below: SelectedField[] = [];
    for (const [responseName, same] of fields) {
      const ways = new Map<Definition | undefined, FieldNode>();
      const places: TypedSelections[] = [];
      for (const { node, type } of same) {
        if (!node.selectionSet) continue;
        const definition = definitionOf(schema, type, node.name.value);
        if (!ways.has(definition)) ways.set(definition, node);
        places.push({ type: definition && getNamedType(definition.type), selectionSet: node.selectionSet });
      }
      const { node, type } = same[0]!;
      const name = node.name.value;
      if (places.length === 0) leaves.set(responseName, definitionOf(schema, type, name));
      else below.push({ name, ways, ...selectedIn(gather(places), depth + 1) });
    }
    return { leaves, below };
  };

  const selectedBy = (root: Root): SelectionTree => {
    tally.directives(root.directives);
    for (const { defaultValue: value, directives } of root.variableDefinitions ?? []) {
      tally.selection();
      tally.directives(directives);
      if (value) tally.value(value);
    }
    const fields = gather([{ type: typeOf(schema, root), selectionSet: root.selectionSet }]);
    if (root.kind === Kind.OPERATION_DEFINITION && fields.size > limits.rootFields)
      throw overLimit('rootFields', limits.rootFields, fields.size);
    const selected = selectedIn(fields, 1);
    tally.next();
    return selected;
  };

  const shape = new Map(operations.map((operation) => [operation, selectedBy(operation)]));
  // Validation visits fragments that no operation uses just the same.
  for (const fragment of fragments) if (!reached.has(fragment)) selectedBy(fragment);
  return shape;
};
