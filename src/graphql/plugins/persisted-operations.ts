import { createHash } from 'node:crypto';
import {
  defaultExtractPersistedOperationId,
  usePersistedOperations as useOperationsById,
} from '@graphql-yoga/plugin-persisted-operations';
import { type GraphQLSchema, parse, validate } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { clientError } from '../../errors/client-error.ts';
import type { ErrorCode } from '../../errors/error-codes.ts';

/** Registered operations by hash, and whether all others are refused. */
export interface PersistedOperations {
  operations: ReadonlyMap<string, string>;
  only: boolean;
}

/** Validates the registered operations at start-up; returns a message for each error. */
export const unfitOperations = (
  schema: GraphQLSchema,
  operations: PersistedOperations['operations'],
): string[] =>
  [...operations].flatMap(([id, text]) =>
    validate(schema, parse(text)).map(({ message }) => `${JSON.stringify(id)}: ${message}`),
  );

/** An error with a status, for clients that accept `application/graphql-response+json`; others get 200, as for all operation errors. */
const refuse = (code: ErrorCode, status: number, message: string) =>
  clientError(code, message, { http: { status, spec: true } });

// Clients look for exactly this message, and then send the whole text.
const notFound = () => refuse('BAD_USER_INPUT', 400, 'PersistedQueryNotFound');

const keyNotFound = () =>
  refuse(
    'BAD_USER_INPUT',
    400,
    'There is no operation: send its text as `query`, or the hash of a registered one as ' +
      '`extensions.persistedQuery.sha256Hash`.',
  );

const onlyRegistered = () =>
  refuse(
    'FORBIDDEN',
    403,
    'This gateway takes registered operations only: send the hash of one as `extensions.persistedQuery.sha256Hash`, ' +
      'without `query`.',
  );

const hashMismatch = () =>
  refuse(
    'BAD_USER_INPUT',
    400,
    'The hash in `extensions.persistedQuery.sha256Hash` is not that of `query`: send one of the two.',
  );

type Extract = typeof defaultExtractPersistedOperationId;

const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Reads the hash: Apollo and urql send it in the extensions, Relay and others as `documentId` or `id`. */
const readHash: Extract = (params, request, context) => {
  const { documentId, id } = params as { documentId?: unknown; id?: unknown };
  return defaultExtractPersistedOperationId(params, request, context) ?? asText(documentId) ?? asText(id);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Refuses a query with the hash of another text: caches on the way would store its answer under the wrong hash. */
const useHashCheck = (): Plugin => ({
  onParams: ({ params, request, context }) => {
    const { query } = params as GraphQLParams & { query?: unknown };
    if (typeof query !== 'string' || query === '') return;
    const hash = defaultExtractPersistedOperationId(params, request, context);
    if (hash !== null && hash.toLowerCase() !== sha256(query)) throw hashMismatch();
  },
});

/** Runs registered operations by hash; refuses all others if `only` is set. */
export const usePersistedOperations = ({ operations, only }: PersistedOperations): Plugin[] => [
  // Before texts are filled in for hashes: registered operations can have any id.
  ...(only ? [] : [useHashCheck()]),
  useOperationsById({
    allowArbitraryOperations: !only,
    extractPersistedOperationId: readHash,
    getPersistedOperation: (hash) => operations.get(hash) ?? null,
    customErrors: { notFound, keyNotFound, persistedQueryOnly: onlyRegistered },
  }),
];
