import { BREAK, type DocumentNode, Kind, visit } from 'graphql';

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
