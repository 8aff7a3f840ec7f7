import {
  type DocumentNode,
  execute,
  type ExecutionResult,
  getOperationAST,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Context } from '../../request/context.ts';
import { bytesOfDocument } from '../../errors/source-locations.ts';
import type { Memory } from '../../capacity/memory-budget.ts';
import { compiledRun } from './compile.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Runs a query. Without `data` in what comes of it nothing ran: the variables do not fit. */
export type Run = (context: Context, variables: Variables) => Promise<ExecutionResult> | ExecutionResult;

/** A query that came before, as a function. */
export interface KnownQuery {
  document: DocumentNode;
  /** What it takes in memory, with what was compiled of it. */
  bytes: number;
  name: string | undefined;
  run: Run;
}

/** The queries that came before. */
export interface KnownQueries {
  /** Takes note of an operation that was parsed, found within all limits, and valid. */
  passed(text: string, operationName: string | undefined, document: DocumentNode): void;
  /** Null is what did not come before, or is not for here: the server behind answers it. */
  find(text: string, operationName: string | undefined): KnownQuery | null;
}

/** What passed is made a function when it comes for the second time: most of what is sent once is never sent again. */
type Known = DocumentNode | KnownQuery | 'unfit';

const LONGEST = 20_000;
/** As long as this a query is known after it came last. */
const KNOWN_MS = 60 * 60_000;
/** A compiled query is a program of its own: so much for each thing in its document, and so much for itself. */
const BYTES_OF_COMPILED = 20_000;
const TIMES_ITS_DOCUMENT = 6;

const bytesOf = (one: Known): number => {
  if (one === 'unfit') return 0;
  return 'run' in one ? one.bytes : bytesOfDocument(one);
};

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

const known = (
  schema: GraphQLSchema,
  text: string,
  document: DocumentNode,
  operationName: string | undefined,
): KnownQuery | 'unfit' => {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'query' || !isFit(schema, document, operation.selectionSet)) return 'unfit';
  const executed: Run = (contextValue, variables) =>
    execute({ schema, document, contextValue, variableValues: { ...variables }, operationName });
  return {
    document,
    bytes: BYTES_OF_COMPILED + TIMES_ITS_DOCUMENT * bytesOfDocument(document),
    name: operation.name?.value,
    run: compiledRun(schema, text, document, operation) ?? executed,
  };
};

/** Knows no query yet. */
export const createKnownQueries = (schema: GraphQLSchema, memory: Memory): KnownQueries => {
  const queries = memory.keep<Known>({
    name: 'known_queries',
    share: 20,
    maxAgeMs: KNOWN_MS,
    sizeOf: bytesOf,
  });
  const keyOf = (text: string, operationName: string | undefined) =>
    operationName === undefined ? `-${text}` : `${operationName.length} ${operationName}${text}`;
  return {
    passed: (text, operationName, document) => {
      const key = keyOf(text, operationName);
      if (text.length <= LONGEST && queries.get(key) === undefined) queries.set(key, document);
    },
    find: (text, operationName) => {
      const key = keyOf(text, operationName);
      const one = queries.get(key);
      if (one === undefined || one === 'unfit') return null;
      if ('run' in one) return one;
      const made = known(schema, text, one, operationName);
      queries.set(key, made);
      return made === 'unfit' ? null : made;
    },
  };
};
