import {
  type DocumentNode,
  type ExecutionResult,
  getOperationAST,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Context } from '../context.ts';
import { createTextCache } from '../guards/limits-cache.ts';

type Variables = Readonly<Record<string, unknown>>;

/** A query as a function. */
export interface CompiledQuery {
  document: DocumentNode;
  name: string | undefined;
  /** Runs it. Without `data` in what comes of it nothing ran: the variables do not fit. */
  run(context: Context, variables: Variables): Promise<ExecutionResult> | ExecutionResult;
}

/** The queries that came before, as functions. */
export interface CompiledQueries {
  /** Takes note of an operation that was parsed, found within all limits, and valid. */
  passed(text: string, operationName: string | undefined, document: DocumentNode): void;
  /** Null is what is not compiled: the server behind answers it. */
  find(text: string, operationName: string | undefined): CompiledQuery | null;
}

/** What passed is compiled when it comes for the second time: most of what is sent once is never sent again. */
type Known = DocumentNode | CompiledQuery | 'unfit';

const KEPT_CHARACTERS = 200_000;
const LONGEST = 20_000;

const rootNames = (document: DocumentNode, { selections }: SelectionSetNode): string[] =>
  selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node.name.value];
    if (node.kind === Kind.INLINE_FRAGMENT) return rootNames(document, node.selectionSet);
    const fragment = document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootNames(document, fragment.selectionSet) : [];
  });

/**
 * Fields of the root that cannot be null would make the whole answer null, which has a status of its own; introspection is rare.
 * Both are left to the server behind.
 */
const isFit = (schema: GraphQLSchema, document: DocumentNode, root: SelectionSetNode): boolean => {
  const fields = schema.getQueryType()!.getFields();
  return rootNames(document, root).every((name) => {
    if (name === '__typename') return true;
    const field = fields[name];
    return field !== undefined && !isNonNullType(field.type);
  });
};

const compile = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CompiledQuery | 'unfit' => {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'query' || !isFit(schema, document, operation.selectionSet)) return 'unfit';
  const compiled = compileQuery(schema, document, operationName, {
    disablingCapturingStackErrors: true,
    // What leaves is typed, and what came from the cloud was checked: looking at each value again costs as much as all the rest.
    disableLeafSerialization: true,
  });
  if (!isCompiledQuery(compiled)) return 'unfit';
  return {
    document,
    name: operation.name?.value,
    run: (context, variables) => compiled.query(undefined, context, { ...variables }),
  };
};

/** Knows no query yet. */
export const createCompiledQueries = (schema: GraphQLSchema): CompiledQueries => {
  const known = createTextCache<Known>(KEPT_CHARACTERS);
  const keyOf = (text: string, operationName: string | undefined) =>
    operationName === undefined ? text : `${operationName} ${text}`;
  return {
    passed: (text, operationName, document) => {
      const key = keyOf(text, operationName);
      if (text.length <= LONGEST && known.get(key) === undefined) known.set(key, document);
    },
    find: (text, operationName) => {
      const key = keyOf(text, operationName);
      const one = known.get(key);
      if (one === undefined || one === 'unfit') return null;
      if ('run' in one) return one;
      const made = compile(schema, one, operationName);
      known.set(key, made);
      return made === 'unfit' ? null : made;
    },
  };
};
