import {
  type FieldNode,
  getArgumentValues,
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { type Context, perRequest } from '../request/context.ts';
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

/** The fields selected on the object that is being resolved, where it is a `type`, those in fragments included. */
export const selectedFields = (info: GraphQLResolveInfo, type: string): FieldNode[] => {
  const types = new Set([type, 'Node', '_Entity']);
  return info.fieldNodes.flatMap((node) => collectFields(node.selectionSet, types, info));
};

const fieldsOf = ({ schema }: GraphQLResolveInfo, type: string) =>
  (schema.getType(type) as GraphQLObjectType).getFields();

/** Where the values of the selected fields come from. */
export const selectedSources = (info: GraphQLResolveInfo, type: string): ReadonlySet<FieldSource> => {
  const fields = fieldsOf(info, type);
  return new Set(selectedFields(info, type).map(({ name }) => sourceOf(fields[name.value])));
};

const knownSources = perRequest(() => new Map<readonly FieldNode[], Map<string, ReadonlySet<FieldSource>>>());

/** The same for a field that returns many objects by id: found once for all of them. */
export const selectedSourcesOfMany = (
  info: GraphQLResolveInfo,
  type: string,
  context: Context,
): ReadonlySet<FieldSource> => {
  const known = knownSources(context);
  const byType = known.get(info.fieldNodes) ?? new Map<string, ReadonlySet<FieldSource>>();
  const sources = byType.get(type) ?? selectedSources(info, type);
  if (byType.size === 0) known.set(info.fieldNodes, byType);
  byType.set(type, sources);
  return sources;
};

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
  const fields = fieldsOf(info, type);
  const started = new Map<FieldNode, Promise<unknown>>();
  prefetches(context).set(parent, started);
  const start = async (node: FieldNode) => {
    const field = fields[node.name.value]!;
    const args = getArgumentValues(field, node, info.variableValues);
    return field.resolve?.(parent, args, context, { ...info, fieldNodes: [node] });
  };
  for (const node of selectedFields(info, type)) {
    if (sourceOf(fields[node.name.value]) !== 'ownCall' || started.has(node)) continue;
    started.set(node, start(node));
  }
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
