import {
  type ArgumentNode,
  type DirectiveNode,
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
import { overBound, overLimit } from './limits-refusal.ts';
import { checkLiteral } from './lists.ts';

/** Selections and values of a document with every fragment spread out: without an end, fragments of fragments double it. */
const MAX_SPREAD_OUT = 50_000;

/**
 * Pairs of fields that answer to the same name, and of fragments spread side by side: validation compares each with each.
 * A hundred fragments that all repeat the same four fields have half as many.
 */
const MAX_PAIRS = 40_000;

type Definition = GraphQLField<unknown, unknown>;

/** What an operation asks for under one name of the answer, and below. */
export interface Asked {
  name: string;
  /** How it is asked for, once for each definition that types behind fragments may have. */
  ways: ReadonlyMap<Definition | undefined, FieldNode>;
  below: readonly Asked[];
}

interface Place {
  type: GraphQLNamedType | undefined;
  selectionSet: SelectionSetNode;
}

type Root = OperationDefinitionNode | FragmentDefinitionNode;

const pairsOf = (count: number): number => (count * (count - 1)) / 2;

const definitionOf = (
  schema: GraphQLSchema,
  type: GraphQLNamedType | undefined,
  name: string,
): Definition | undefined => {
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
};

const rootType = (schema: GraphQLSchema, root: Root): GraphQLNamedType | undefined =>
  root.kind === Kind.FRAGMENT_DEFINITION
    ? schema.getType(root.typeCondition.name.value)
    : (schema.getRootType(root.operation) ?? undefined);

/**
 * Refuses a document of a shape that costs too much to validate or to run, and gives back what each of its operations asks
 * for. The work has a bound, whatever the document; it need not be valid.
 */
export const shapeOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  limits: OperationLimits,
): ReadonlyMap<OperationDefinitionNode, readonly Asked[]> => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const one of document.definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION) operations.push(one);
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const reached = new Set<FragmentDefinitionNode>();
  let spreadOut = 0;
  let pairs = 0;
  let aliases = 0;
  let directives = 0;

  const count = (more: number): void => {
    spreadOut += more;
    if (spreadOut > MAX_SPREAD_OUT)
      throw overBound('fields and values with its fragments spread out', MAX_SPREAD_OUT);
  };
  const compare = (things: number): void => {
    pairs += pairsOf(things);
    if (pairs > MAX_PAIRS)
      throw overBound(
        'pairs of fields or fragments that repeat each other in one place',
        MAX_PAIRS,
        'Ask for each field once',
      );
  };
  const countArguments = (args: readonly ArgumentNode[] | undefined): void => {
    for (const { value } of args ?? []) count(checkLiteral(value, limits.listLength));
  };
  const countDirectives = (some: readonly DirectiveNode[] | undefined): void => {
    for (const directive of some ?? []) {
      directives += 1;
      count(1);
      countArguments(directive.arguments);
    }
  };

  /** The fields of selections that become one answer, by their name there, through all fragments. */
  const collect = (places: readonly Place[]): Map<string, { node: FieldNode; type: Place['type'] }[]> => {
    const fields = new Map<string, { node: FieldNode; type: Place['type'] }[]>();
    const spread = new Set<FragmentDefinitionNode>();
    let spreads = 0;
    // A stack of its own: fragments may be nested deeper than calls.
    const open = [...places];
    for (let place = open.pop(); place; place = open.pop()) {
      const { type, selectionSet } = place;
      for (const selection of selectionSet.selections) {
        count(1);
        countDirectives(selection.directives);
        if (selection.kind === Kind.FIELD) {
          if (selection.alias) aliases += 1;
          countArguments(selection.arguments);
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push({ node: selection, type });
          else fields.set(name, [{ node: selection, type }]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const on = selection.typeCondition;
          open.push({
            type: on ? schema.getType(on.name.value) : type,
            selectionSet: selection.selectionSet,
          });
        } else {
          spreads += 1;
          const fragment = fragments.get(selection.name.value);
          if (!fragment || spread.has(fragment)) continue;
          spread.add(fragment);
          reached.add(fragment);
          countDirectives(fragment.directives);
          open.push({ type: rootType(schema, fragment), selectionSet: fragment.selectionSet });
        }
      }
    }
    compare(spreads);
    for (const same of fields.values()) compare(same.length);
    return fields;
  };

  const askedIn = (fields: ReturnType<typeof collect>, depth: number): Asked[] => {
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
      const { name } = same[0]!.node;
      asked.push({ name: name.value, ways, below: askedIn(collect(places), depth + 1) });
    }
    return asked;
  };

  const askedBy = (root: Root): Asked[] => {
    aliases = 0;
    directives = 0;
    countDirectives(root.directives);
    for (const { defaultValue, directives: some } of root.variableDefinitions ?? []) {
      count(1);
      if (defaultValue) count(checkLiteral(defaultValue, limits.listLength));
      countDirectives(some);
    }
    const fields = collect([{ type: rootType(schema, root), selectionSet: root.selectionSet }]);
    if (root.kind === Kind.OPERATION_DEFINITION && fields.size > limits.rootFields)
      throw overLimit('rootFields', limits.rootFields, fields.size);
    const asked = askedIn(fields, 1);
    if (aliases > limits.aliases) throw overLimit('aliases', limits.aliases, aliases);
    if (directives > limits.directives) throw overLimit('directives', limits.directives, directives);
    return asked;
  };

  const asked = new Map(operations.map((operation) => [operation, askedBy(operation)]));
  // Validation visits fragments that no operation uses just the same.
  for (const fragment of fragments.values()) if (!reached.has(fragment)) askedBy(fragment);
  return asked;
};
