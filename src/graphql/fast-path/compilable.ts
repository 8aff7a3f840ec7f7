import {
  BREAK,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** Counts the selections of an operation, with those of a fragment at each of its spreads. */
export const countSelections = (document: DocumentNode, root: SelectionSetNode): number => {
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

/**
 * True if a plan of the document is valid for all variables. Fields with a condition (`@include`, `@skip`) are merged differently from
 * request to request. An alias `__proto__` would be no ordinary property of the response.
 */
export const isCompilable = (document: DocumentNode): boolean => {
  let compilable = true;
  const reject = () => {
    compilable = false;
    return BREAK;
  };
  visit(document, {
    [Kind.DIRECTIVE]: { enter: reject },
    [Kind.FIELD]: { enter: ({ alias }) => (alias?.value === '__proto__' ? reject() : undefined) },
  });
  return compilable;
};
