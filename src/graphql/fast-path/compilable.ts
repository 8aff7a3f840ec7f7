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
 * The kinds of nodes that a compiled document may contain: names, numbers and variables. The compiler (graphql-jit) copies some string
 * values into the code that it generates, so that a client could run code of their own. It also mixes up conditions (`@include`,
 * `@skip`) on a field that occurs twice, or in a fragment that does.
 */
const COMPILABLE_KINDS: ReadonlySet<Kind> = new Set([
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

/** Compiling takes a millisecond for some dozens of selections, and blocks all other requests. */
const MAX_SELECTIONS = 1_000;

/** Counts the selections of an operation, with those of a fragment at each of its spreads. */
const countSelections = (document: DocumentNode, root: SelectionSetNode): number => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const fragmentSizes = new Map<string, number>();
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, node) => {
      if (node.kind !== Kind.FRAGMENT_SPREAD)
        return sum + 1 + (node.selectionSet ? count(node.selectionSet) : 0);
      const name = node.name.value;
      let size = fragmentSizes.get(name);
      if (size === undefined) {
        size = count(fragments.get(name)!.selectionSet);
        fragmentSizes.set(name, size);
      }
      return sum + size;
    }, 0);
  return count(root);
};

/** True if a compiled operation gives the same result as GraphQL's own executor. The compiler gets some documents wrong. */
export const isCompilable = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean => {
  if (countSelections(document, operation.selectionSet) > MAX_SELECTIONS) return false;
  const nullable = new Set(
    (operation.variableDefinitions ?? [])
      .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
      .map(({ variable }) => variable.name.value),
  );
  let compilable = true;
  const rejectIf = (unsupported: boolean) => {
    if (!unsupported) return undefined;
    compilable = false;
    return BREAK;
  };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      enter: (node) => {
        if (!COMPILABLE_KINDS.has(node.kind)) return rejectIf(true);
        // The compiler identifies a field by its path, joined with `_`: aliases with `_` could collide.
        if (node.kind === Kind.FIELD) return rejectIf(node.alias?.value.includes('_') ?? false);
        if (node.kind !== Kind.VARIABLE) return undefined;
        // A variable with a default may be nullable where null is not allowed: such a null is found only at run time.
        const { value } = node.name;
        return rejectIf(
          value.startsWith('__') || (nullable.has(value) && isNonNullType(types.getInputType())),
        );
      },
    }),
  );
  return compilable;
};
