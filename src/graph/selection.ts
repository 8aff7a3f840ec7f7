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

const isAsked = (node: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.['if'] !== true &&
  getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.['if'] !== false;

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

/**
 * Starts the named fields of an object that is still being read, so that both are read side by side. Their loaders hold what
 * comes for when the fields are resolved in earnest, and their failures are told then.
 */
export const runAhead = (
  info: GraphQLResolveInfo,
  type: string,
  names: ReadonlySet<string>,
  parent: object,
  context: object,
): void => {
  const fields = (info.schema.getType(type) as GraphQLObjectType).getFields();
  const start = async (node: FieldNode) => {
    const field = fields[node.name.value]!;
    const args = getArgumentValues(field, node, info.variableValues);
    await field.resolve?.(parent, args, context, { ...info, fieldNodes: [node] });
  };
  for (const node of selectedFields(info, type)) {
    if (names.has(node.name.value)) start(node).catch(() => {});
  }
};
