import {
  type FieldNode,
  getDirectiveValues,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { type Context, perRequest } from '../request/context.ts';
import { type FieldArguments, fieldArguments } from './field-arguments.ts';
import { type FieldSource, sourceOf } from './field-source.ts';

const isIncluded = (node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean =>
  !node.directives?.length ||
  (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.['if'] !== false);

const collectFields = (
  selections: SelectionSetNode | undefined,
  types: ReadonlySet<string>,
  info: GraphQLResolveInfo,
): FieldNode[] =>
  (selections?.selections ?? []).flatMap((node) => {
    if (!isIncluded(node, info)) return [];
    if (node.kind === 'Field') return [node];
    const fragment = node.kind === 'InlineFragment' ? node : info.fragments[node.name.value];
    const type = fragment?.typeCondition?.name.value;
    return type === undefined || types.has(type) ? collectFields(fragment?.selectionSet, types, info) : [];
  });

const fieldsOf = ({ schema }: GraphQLResolveInfo, type: string) =>
  (schema.getType(type) as GraphQLObjectType).getFields();

/** A selected field with a call of its own. */
interface OwnCall {
  node: FieldNode;
  /** The node alone, as `info` has it. */
  nodes: readonly [FieldNode];
  args: FieldArguments;
  resolve: GraphQLField<unknown, Context>['resolve'];
}

/** What is selected on an object of one type. */
interface Selected {
  fields: readonly FieldNode[];
  sources: ReadonlySet<FieldSource>;
  ownCalls: readonly OwnCall[];
}

const collectSelected = (info: GraphQLResolveInfo, type: string): Selected => {
  const types = new Set([type, 'Node', '_Entity']);
  const fields = info.fieldNodes.flatMap((node) => collectFields(node.selectionSet, types, info));
  const definitions = fieldsOf(info, type);
  const isOwnCall = ({ name }: FieldNode) => sourceOf(definitions[name.value]) === 'ownCall';
  return {
    fields,
    sources: new Set(fields.map(({ name }) => sourceOf(definitions[name.value]))),
    ownCalls: [...new Set(fields.filter(isOwnCall))].map((node) => {
      const field = definitions[node.name.value] as GraphQLField<unknown, Context>;
      return { node, nodes: [node], args: fieldArguments(field, node), resolve: field.resolve };
    }),
  };
};

/**
 * Selections by their nodes and type. The array of nodes belongs to one execution, or to a plan of a document without conditions, so
 * that no variable changes what is selected.
 */
const selections = new WeakMap<readonly FieldNode[], Map<string, Selected>>();

/** What is selected on the object that is being resolved, where it is a `type`; found once for all objects with the same selection. */
const selectedOn = (info: GraphQLResolveInfo, type: string): Selected => {
  const byType = selections.get(info.fieldNodes) ?? new Map<string, Selected>();
  const known = byType.get(type);
  if (known) return known;
  const selected = collectSelected(info, type);
  selections.set(info.fieldNodes, byType.set(type, selected));
  return selected;
};

/** The fields selected on the object that is being resolved, where it is a `type`, those in fragments included. */
export const selectedFields = (info: GraphQLResolveInfo, type: string): readonly FieldNode[] =>
  selectedOn(info, type).fields;

/** Where the values of the selected fields come from. */
export const selectedSources = (info: GraphQLResolveInfo, type: string): ReadonlySet<FieldSource> =>
  selectedOn(info, type).sources;

/** Fields that were started early, by object and selection. */
const prefetches = perRequest(() => new Map<object, Map<FieldNode, unknown>>());

/**
 * Starts the selected fields that have a call of their own while the object is still being read, so that both are read at the same
 * time, and waits for them. A `prefetched` resolver takes its result later; of the other fields the loaders keep what was read.
 */
export const prefetchOwnCalls = (
  info: GraphQLResolveInfo,
  type: string,
  parent: object,
  context: Context,
): Promise<PromiseSettledResult<unknown>[]> => {
  const started = new Map<FieldNode, unknown>();
  prefetches(context).set(parent, started);
  const start = ({ nodes, args, resolve }: OwnCall): unknown => {
    try {
      return resolve?.(parent, args.of(info.variableValues), context, { ...info, fieldNodes: nodes });
    } catch (error) {
      return Promise.reject(error);
    }
  };
  for (const ownCall of selectedOn(info, type).ownCalls) started.set(ownCall.node, start(ownCall));
  return Promise.allSettled(started.values());
};

/** A resolver that takes the result of its prefetch, where there is one for this object and selection. */
export const prefetched =
  <Parent extends object, Args extends object, Value>(
    resolve: (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo) => Value,
  ) =>
  (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo): Value => {
    const started = prefetches(context).get(parent);
    const [node] = info.fieldNodes;
    if (!started?.has(node!)) return resolve(parent, args, context, info);
    const value = started.get(node!);
    started.delete(node!);
    return value as Value;
  };
