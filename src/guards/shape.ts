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
} from 'graphql';
import type { OperationLimits } from './limits.ts';
import { overLimit } from './limits-refusal.ts';
import { createTally, type Tally } from './tally.ts';

type Definition = GraphQLField<unknown, unknown>;

/** What an operation asks for under one name of the answer, and below. */
export interface Asked {
  name: string;
  /** How it is asked for, once for each definition that types behind fragments may have. */
  ways: ReadonlyMap<Definition | undefined, FieldNode>;
  below: readonly Asked[];
}

/** What each operation of a document asks for. */
export type Shape = ReadonlyMap<OperationDefinitionNode, readonly Asked[]>;

type Root = OperationDefinitionNode | FragmentDefinitionNode;
type Type = GraphQLNamedType | undefined;

/** Selections on a type; missing where the document names none of the schema. */
interface Place {
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
  tally: Tally,
) => {
  const fragmentIn = (name: string, spread: Set<FragmentDefinitionNode>): Place | undefined => {
    const fragment = fragments.get(name);
    if (!fragment || spread.has(fragment)) return undefined;
    spread.add(fragment);
    reached.add(fragment);
    tally.directives(fragment.directives);
    return { type: typeOf(schema, fragment), selectionSet: fragment.selectionSet };
  };

  return (places: readonly Place[]): Fields => {
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
export const shapeOf = (schema: GraphQLSchema, document: DocumentNode, limits: OperationLimits): Shape => {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const reached = new Set<FragmentDefinitionNode>();
  const tally = createTally(limits);
  const named = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const gather = gatherer(schema, named, reached, tally);

  const askedIn = (fields: Fields, depth: number): Asked[] => {
    if (depth > limits.depth) throw overLimit('depth', limits.depth);
    const asked: Asked[] = [];
    for (const same of fields.values()) {
      const ways = new Map<Definition | undefined, FieldNode>();
      const places: Place[] = [];
      for (const { node, type } of same) {
        if (!node.selectionSet) continue;
        const definition = definitionOf(schema, type, node.name.value);
        if (!ways.has(definition)) ways.set(definition, node);
        places.push({ type: definition && getNamedType(definition.type), selectionSet: node.selectionSet });
      }
      if (places.length === 0) continue;
      const name = same[0]!.node.name.value;
      asked.push({ name, ways, below: askedIn(gather(places), depth + 1) });
    }
    return asked;
  };

  const askedBy = (root: Root): Asked[] => {
    tally.directives(root.directives);
    for (const { defaultValue: value, directives } of root.variableDefinitions ?? []) {
      tally.selection();
      tally.directives(directives);
      if (value) tally.value(value);
    }
    const fields = gather([{ type: typeOf(schema, root), selectionSet: root.selectionSet }]);
    if (root.kind === Kind.OPERATION_DEFINITION && fields.size > limits.rootFields)
      throw overLimit('rootFields', limits.rootFields, fields.size);
    const asked = askedIn(fields, 1);
    tally.next();
    return asked;
  };

  const shape = new Map(operations.map((operation) => [operation, askedBy(operation)]));
  // Validation visits fragments that no operation uses just the same.
  for (const fragment of fragments) if (!reached.has(fragment)) askedBy(fragment);
  return shape;
};
