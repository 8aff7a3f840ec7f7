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

const isAsked = (node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean =>
  !node.directives?.length ||
  (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.['if'] !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.['if'] !== false);

const fieldsOf = (
  selections: SelectionSetNode | undefined,
  types: ReadonlySet<string>,
  info: GraphQLResolveInfo,
): FieldNode[] =>
  (selections?.selections ?? []).flatMap((node) => {
    if (!isAsked(node, info)) return [];
    if (node.kind === 'Field') return [node];
    const fragment = node.kind === 'InlineFragment' ? node : info.fragments[node.name.value];
    const type = fragment?.typeCondition?.name.value;
    return type === undefined || types.has(type) ? fieldsOf(fragment?.selectionSet, types, info) : [];
  });

/** The fields asked of the object that is being resolved, where it is a `type`; fragments are looked through. */
export const selectedFields = (info: GraphQLResolveInfo, type: string): FieldNode[] => {
  const types = new Set([type, 'Node', '_Entity']);
  return info.fieldNodes.flatMap((node) => fieldsOf(node.selectionSet, types, info));
};

/** What was begun ahead for an object, by the field that asked for it. */
const ahead = perRequest(() => new Map<object, Map<FieldNode, unknown>>());

/**
 * Starts the named fields of an object that is still being read, so that both are read side by side, and gives what they come to.
 * What comes of a field that is `begunAhead` is taken when it is resolved in earnest; of the others the loaders hold what was read.
 */
export const runAhead = (
  info: GraphQLResolveInfo,
  type: string,
  names: ReadonlySet<string>,
  parent: object,
  context: Context,
): Promise<PromiseSettledResult<unknown>[]> => {
  const fields = (info.schema.getType(type) as GraphQLObjectType).getFields();
  const begun = new Map<FieldNode, Promise<unknown>>();
  ahead(context).set(parent, begun);
  const start = async (node: FieldNode) => {
    const field = fields[node.name.value]!;
    const args = getArgumentValues(field, node, info.variableValues);
    return field.resolve?.(parent, args, context, { ...info, fieldNodes: [node] });
  };
  for (const node of selectedFields(info, type)) {
    if (!names.has(node.name.value) || begun.has(node)) continue;
    begun.set(node, start(node));
  }
  return Promise.allSettled(begun.values());
};

/** A resolver that takes what was begun ahead for its object and field, where something was. */
export const begunAhead =
  <Parent extends object, Args extends object, Value>(
    resolve: (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo) => Value,
  ) =>
  (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo): Value => {
    const begun = ahead(context).get(parent);
    const [node] = info.fieldNodes;
    if (!begun?.has(node!)) return resolve(parent, args, context, info);
    const value = begun.get(node!);
    begun.delete(node!);
    return value as Value;
  };
