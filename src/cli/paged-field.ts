import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  getNamedType,
  isListType,
  getNullableType,
  isObjectType,
  Kind,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  isCompositeType,
  parse,
  print,
  visit,
} from 'graphql';
import { WrongUse } from './exit-codes.ts';

/** The first field of a query that has pages, and the queries that read them. */
export interface PagedField {
  /** Where its value is in the data: response keys, outermost first. */
  path: readonly string[];
  /** Response key of the list of rows. */
  list: string;
  /** Whether the rows are edges. */
  edges: boolean;
  /** Response keys of `pageInfo` in the query itself. */
  pageInfo: readonly string[];
  /** Selection of a row. */
  row: SelectionSetNode;
  /** The query as given, that also asks where the page ends. */
  first: string;
  /** The query for a later page: takes the variable `$followed`, and asks for nothing but the field. */
  next: string;
}

/** Response keys of what is asked beside the query. */
export const END = 'followedPageInfo';
export const CUT = 'followedTruncatedAt';

const AFTER = 'followed';
const ROWS_IN_A_PAGE = 100;

const END_OF_PAGE = (
  parse(`{ ${END}: pageInfo { hasNextPage endCursor } ${CUT}: truncatedAt }`)
    .definitions[0] as OperationDefinitionNode
).selectionSet.selections as readonly FieldNode[];

const nameOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

export const operationOf = (document: DocumentNode): OperationDefinitionNode => {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (operations.length === 1) return operations[0]!;
  throw new WrongUse(`The text has ${operations.length} operations; give one.`);
};

const fragmentsOf = (document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions
      .filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );

/** Creates a function that gives the fields of a selection, those of its fragments among them. */
export const fieldReader = (document: DocumentNode) => {
  const fragments = fragmentsOf(document);
  const read = (selectionSet: SelectionSetNode | undefined): readonly FieldNode[] =>
    (selectionSet?.selections ?? []).flatMap((selection): readonly FieldNode[] => {
      if (selection.kind === Kind.FIELD) return [selection];
      return selection.kind === Kind.INLINE_FRAGMENT
        ? read(selection.selectionSet)
        : read(fragments.get(selection.name.value)?.selectionSet);
    });
  return read;
};

const fieldType = (parent: GraphQLOutputType, field: FieldNode) => {
  const type = getNamedType(parent);
  return isObjectType(type) ? type.getFields()[field.name.value]?.type : undefined;
};

const isPage = (type: GraphQLOutputType): boolean => {
  const named = getNamedType(type);
  return isObjectType(named) && 'pageInfo' in named.getFields() && 'nodes' in named.getFields();
};

/** The fields from the operation to the first that has pages. */
const findPath = (
  type: GraphQLOutputType,
  fields: readonly FieldNode[],
  read: ReturnType<typeof fieldReader>,
): readonly FieldNode[] | undefined => {
  for (const field of fields) {
    const found = fieldType(type, field);
    if (!found || !isCompositeType(getNamedType(found))) continue;
    if (isPage(found)) return [field];
    if (isListType(getNullableType(found))) continue;
    const below = findPath(found, read(field.selectionSet), read);
    if (below) return [field, ...below];
  }
  return undefined;
};

const withArgument = (field: FieldNode, name: string, value: ArgumentNode['value']): FieldNode => ({
  ...field,
  arguments: [
    ...(field.arguments ?? []).filter((one) => one.name.value !== name),
    { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value },
  ],
});

const withSelections = (field: FieldNode, selections: readonly SelectionNode[]): FieldNode => ({
  ...field,
  selectionSet: { kind: Kind.SELECTION_SET, selections },
});

const hasArgument = (field: FieldNode, name: string) =>
  (field.arguments ?? []).some((one) => one.name.value === name);

/** A variable. */
const variable = (name: string) => ({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } }) as const;

/** Leaves out fragments and variables that nothing uses. */
const withoutUnused = (document: DocumentNode): DocumentNode => {
  const fragments = fragmentsOf(document);
  const used = new Set<string>();
  const follow = (node: OperationDefinitionNode | FragmentDefinitionNode): void =>
    void visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void used.add(`$${name.value}`),
      FragmentSpread: ({ name: { value } }) => {
        const fragment = fragments.get(value);
        if (used.size < used.add(value).size && fragment) follow(fragment);
      },
    });
  follow(operationOf(document));
  return visit(document, {
    VariableDefinition: ({ variable: { name } }) => (used.has(`$${name.value}`) ? undefined : null),
    FragmentDefinition: ({ name }) => (used.has(name.value) ? undefined : null),
  });
};

/** The query for a later page: of the operation nothing but the way to the field, and of the field nothing but rows and page. */
const nextPage = (document: DocumentNode, path: readonly FieldNode[], kept: readonly FieldNode[]): string => {
  const field = withSelections(withArgument(path.at(-1)!, 'after', variable(AFTER)), [
    ...kept,
    ...END_OF_PAGE,
  ]);
  const root = path.slice(0, -1).reduceRight((below, above) => withSelections(above, [below]), field);
  const operation = operationOf(document);
  const next: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: [
      ...(operation.variableDefinitions ?? []),
      {
        kind: Kind.VARIABLE_DEFINITION,
        variable: variable(AFTER),
        type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'String' } },
      },
    ],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [root] },
  };
  const definitions = document.definitions.map((one) => (one === operation ? next : one));
  return print(withoutUnused({ ...document, definitions }));
};

/**
 * Finds the first field of a query that has pages.
 * @throws WrongUse if it does not ask for rows, or for rows in two ways, or backwards.
 */
export const findPagedField = (schema: GraphQLSchema, document: DocumentNode): PagedField | undefined => {
  const operation = operationOf(document);
  const root = schema.getRootType(operation.operation);
  if (!root) return undefined;
  const read = fieldReader(document);
  const found = findPath(root, read(operation.selectionSet), read);
  const given = found?.at(-1);
  if (!found || !given) return undefined;
  const name = nameOf(given);
  if (hasArgument(given, 'last') || hasArgument(given, 'before'))
    throw new WrongUse(
      `${name}: pages are followed forwards; ask with \`first\`, not with \`last\` or \`before\`.`,
    );
  const fields = read(given.selectionSet);
  const lists = fields.filter((one) => ['nodes', 'edges'].includes(one.name.value));
  const [list] = lists;
  if (!list?.selectionSet || lists.length > 1)
    throw new WrongUse(`${name}: select its rows once, as \`nodes\` or as \`edges\`.`);
  const pageInfos = fields.filter((one) => one.name.value === 'pageInfo');

  const sized = hasArgument(given, 'first')
    ? given
    : withArgument(given, 'first', { kind: Kind.INT, value: String(ROWS_IN_A_PAGE) });
  const first = withSelections(sized, [...given.selectionSet!.selections, ...END_OF_PAGE]);
  return {
    path: found.map(nameOf),
    list: nameOf(list),
    edges: list.name.value === 'edges',
    pageInfo: pageInfos.map(nameOf),
    row: list.selectionSet,
    first: print(visit(document, { Field: (node) => (node === given ? first : undefined) })),
    next: nextPage(document, [...found.slice(0, -1), sized], [list, ...pageInfos]),
  };
};

/** The variables of a query for a later page. */
export const variablesOfNext = (variables: Record<string, unknown>, cursor: string) => ({
  ...variables,
  [AFTER]: cursor,
});
