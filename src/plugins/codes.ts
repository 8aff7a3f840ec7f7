import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const coded = (error: unknown, code: string) => {
  if (error instanceof GraphQLError) error.extensions['code'] ??= code;
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
