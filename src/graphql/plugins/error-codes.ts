import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Also lets go of the frames that its stack is told from: such errors are kept, and a frame holds the request it is of. */
const coded = (error: unknown, code: string) => {
  if (!(error instanceof GraphQLError)) return;
  error.extensions['code'] ??= code;
  error.stack = '';
};

/** Tells operations that are not GraphQL from those that do not fit the schema. */
export const useGraphqlCodes = (): Plugin => ({
  onParse:
    () =>
    ({ result }) =>
      coded(result, 'GRAPHQL_PARSE_FAILED'),
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) coded(error, 'GRAPHQL_VALIDATION_FAILED');
    },
});
