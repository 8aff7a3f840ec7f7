import { createHash } from 'node:crypto';
import {
  defaultExtractPersistedOperationId,
  usePersistedOperations as useOperationsById,
} from '@graphql-yoga/plugin-persisted-operations';
import { type GraphQLSchema, parse, validate } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { clientError } from '../../errors/client-error.ts';
import type { ErrorCode } from '../../errors/error-codes.ts';

/** Operations by their hash, and whether others are refused. */
export interface PersistedOperations {
  operations: ReadonlyMap<string, string>;
  only: boolean;
}

/** What is wrong with registered operations by the schema: better known at the start than by every client. */
export const unfitOperations = (
  schema: GraphQLSchema,
  operations: PersistedOperations['operations'],
): string[] =>
  [...operations].flatMap(([id, text]) =>
    validate(schema, parse(text)).map(({ message }) => `${JSON.stringify(id)}: ${message}`),
  );

/** Clients that read the newer media type get the status too, the others 200 as with every error of an operation. */
const refused = (code: ErrorCode, status: number, message: string) =>
  clientError(code, message, { http: { status, spec: true } });

// Clients look for this very word, and send the whole text then.
const unknown = () => refused('BAD_USER_INPUT', 400, 'PersistedQueryNotFound');

const notNamed = () =>
  refused(
    'BAD_USER_INPUT',
    400,
    'There is no operation: send its text as `query`, or the hash of a registered one as ' +
      '`extensions.persistedQuery.sha256Hash`.',
  );

const onlyRegistered = () =>
  refused(
    'FORBIDDEN',
    403,
    'This gateway takes registered operations only: send the hash of one as `extensions.persistedQuery.sha256Hash`, ' +
      'without `query`.',
  );

const anotherHash = () =>
  refused(
    'BAD_USER_INPUT',
    400,
    'The hash in `extensions.persistedQuery.sha256Hash` is not that of `query`: send one of the two.',
  );

type Extract = typeof defaultExtractPersistedOperationId;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Apollo and urql put the hash into the extensions, Relay and others beside the variables. */
const hashOf: Extract = (params, request, context) => {
  const { documentId, id } = params as { documentId?: unknown; id?: unknown };
  return defaultExtractPersistedOperationId(params, request, context) ?? textOf(documentId) ?? textOf(id);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A text that goes by the hash of another would be found under a wrong name by every cache on the way. */
const useTrueHashes = (): Plugin => ({
  onParams: ({ params, request, context }) => {
    const { query } = params as GraphQLParams & { query?: unknown };
    if (typeof query !== 'string' || query === '') return;
    const hash = defaultExtractPersistedOperationId(params, request, context);
    if (hash !== null && hash.toLowerCase() !== sha256(query)) throw anotherHash();
  },
});

/** Takes operations by their hash; where only these are allowed, nothing else. */
export const usePersistedOperations = ({ operations, only }: PersistedOperations): Plugin[] => [
  // Before the texts of hashes are filled in: what a registered operation is called is not our affair.
  ...(only ? [] : [useTrueHashes()]),
  useOperationsById({
    allowArbitraryOperations: !only,
    extractPersistedOperationId: hashOf,
    getPersistedOperation: (hash) => operations.get(hash) ?? null,
    customErrors: { notFound: unknown, keyNotFound: notNamed, persistedQueryOnly: onlyRegistered },
  }),
];
