import {
  BREAK,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * All that may stand in what is compiled: names, numbers and variables. The compiler puts some texts into what it makes as code, so
 * that whoever sends one could run his own; conditions on a field that comes twice, or in a fragment that does, it mixes up.
 */
const KINDS: ReadonlySet<Kind> = new Set([
  Kind.DOCUMENT,
  Kind.OPERATION_DEFINITION,
  Kind.FRAGMENT_DEFINITION,
  Kind.VARIABLE_DEFINITION,
  Kind.NAMED_TYPE,
  Kind.LIST_TYPE,
  Kind.NON_NULL_TYPE,
  Kind.SELECTION_SET,
  Kind.FIELD,
  Kind.FRAGMENT_SPREAD,
  Kind.INLINE_FRAGMENT,
  Kind.ARGUMENT,
  Kind.NAME,
  Kind.VARIABLE,
  Kind.INT,
  Kind.BOOLEAN,
  Kind.ENUM,
]);

/** Compiling takes a millisecond for some dozen of them, and nobody is served meanwhile. */
const MOST_SELECTIONS = 1_000;

/** How many selections there are with all fragments spread out. */
const spreadOut = (document: DocumentNode, root: SelectionSetNode): number => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const counted = new Map<string, number>();
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, node) => {
      if (node.kind !== Kind.FRAGMENT_SPREAD)
        return sum + 1 + (node.selectionSet ? count(node.selectionSet) : 0);
      const name = node.name.value;
      let size = counted.get(name);
      if (size === undefined) {
        size = count(fragments.get(name)!.selectionSet);
        counted.set(name, size);
      }
      return sum + size;
    }, 0);
  return count(root);
};

/** Whether a compiled operation answers as it would if it were executed: some things the compiler gets wrong. */
export const isCompilable = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean => {
  if (spreadOut(document, operation.selectionSet) > MOST_SELECTIONS) return false;
  const nullable = new Set(
    (operation.variableDefinitions ?? [])
      .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
      .map(({ variable }) => variable.name.value),
  );
  let fits = true;
  const unless = (bad: boolean) => {
    if (!bad) return undefined;
    fits = false;
    return BREAK;
  };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      enter: (node) => {
        if (!KINDS.has(node.kind)) return unless(true);
        // What is known of a field is kept by its path, joined with `_`.
        if (node.kind === Kind.FIELD) return unless(node.alias?.value.includes('_') ?? false);
        if (node.kind !== Kind.VARIABLE) return undefined;
        // A default allows a nullable variable where null is not, which is then found only as it runs.
        const { value } = node.name;
        return unless(value.startsWith('__') || (nullable.has(value) && isNonNullType(types.getInputType())));
      },
    }),
  );
  return fits;
};
