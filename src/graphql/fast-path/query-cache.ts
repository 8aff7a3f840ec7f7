import {
  type DocumentNode,
  execute,
  getNullableType,
  getOperationAST,
  type GraphQLOutputType,
  type GraphQLSchema,
  isListType,
  isNonNullType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { bytesOfDocument } from '../../errors/source-locations.ts';
import type { MemoryBudget } from '../../capacity/memory-budget.ts';
import { countSelections } from './compilable.ts';
import { compileRun, type RunQuery } from './compile.ts';

/** A cached query, as a function. */
export interface CachedQuery {
  document: DocumentNode;
  /** Memory of the document and its compiled form. */
  bytes: number;
  name: string | undefined;
  run: RunQuery;
}

/** Queries that were sent before. */
export interface QueryCache {
  /** Adds an operation that was parsed, is valid and is within all limits. */
  add(text: string, operationName: string | undefined, document: DocumentNode): void;
  /** Finds a query, and compiles it when it is found for the first time. Null if unseen or unsupported: Yoga answers it then. */
  find(text: string, operationName: string | undefined): CachedQuery | null;
}

/** A query is compiled when it is sent for the second time: most are sent only once. */
type Entry = DocumentNode | CachedQuery | 'unsupported';

const MAX_QUERY_CHARACTERS = 20_000;
const MAX_IDLE_MS = 60 * 60_000;
/** Memory of a selection in a plan, with the functions that are generated for objects that are made often. */
const PLANNED_SELECTION_BYTES = 2_000;
/** Larger queries are left to GraphQL's own executor, so that their plans take no memory. */
const MAX_SELECTIONS = 1_000;

const entryBytes = (entry: Entry): number => {
  if (entry === 'unsupported') return 0;
  return 'run' in entry ? entry.bytes : bytesOfDocument(entry);
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
 * Whether one item that cannot be read makes the field null: not in a list of items that can be null, as of `_entities` and `nodes`,
 * whose resolvers report errors with the items.
 */
const isNulledByItem = (type: GraphQLOutputType): boolean => {
  const list = getNullableType(type);
  return !isListType(list) || isNonNullType(list.ofType);
};

/**
 * True if Yoga is not needed. A root field that cannot be null could make the whole `data` null, which has another HTTP status;
 * introspection is rare. Both are left to Yoga.
 */
const isSupported = (schema: GraphQLSchema, document: DocumentNode, root: SelectionSetNode): boolean => {
  const fields = schema.getQueryType()!.getFields();
  return rootNames(document, root).every((name) => {
    if (name === '__typename') return true;
    const field = fields[name];
    return field !== undefined && !(isNonNullType(field.type) && isNulledByItem(field.type));
  });
};

const compileEntry = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CachedQuery | 'unsupported' => {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'query' || !isSupported(schema, document, operation.selectionSet))
    return 'unsupported';
  const runExecutor: RunQuery = (contextValue, variables) =>
    execute({ schema, document, contextValue, variableValues: { ...variables }, operationName });
  const selections = countSelections(document, operation.selectionSet);
  const planned = selections <= MAX_SELECTIONS ? compileRun(schema, document, operation) : null;
  return {
    document,
    bytes: bytesOfDocument(document) + (planned ? selections * PLANNED_SELECTION_BYTES : 0),
    name: operation.name?.value,
    run: planned ?? runExecutor,
  };
};

export const createQueryCache = (schema: GraphQLSchema, memory: MemoryBudget): QueryCache => {
  const queries = memory.createCache<Entry>({
    name: 'known_queries',
    share: 20,
    maxAgeMs: MAX_IDLE_MS,
    sizeOf: entryBytes,
  });
  const cacheKey = (text: string, operationName: string | undefined) =>
    operationName === undefined ? `-${text}` : `${operationName.length} ${operationName}${text}`;
  return {
    add: (text, operationName, document) => {
      const key = cacheKey(text, operationName);
      if (text.length <= MAX_QUERY_CHARACTERS && queries.get(key) === undefined) queries.set(key, document);
    },
    find: (text, operationName) => {
      const key = cacheKey(text, operationName);
      const entry = queries.get(key);
      if (entry === undefined || entry === 'unsupported') return null;
      if ('run' in entry) return entry;
      const compiled = compileEntry(schema, entry, operationName);
      queries.set(key, compiled);
      return compiled === 'unsupported' ? null : compiled;
    },
  };
};
