import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Sets the code of an error, and clears its stack: such errors are cached, and the frames of a stack reference their request. */
const setCode = (error: unknown, code: string) => {
  if (!(error instanceof GraphQLError)) return;
  error.extensions['code'] ??= code;
  error.stack = '';
};

/** Sets the codes of syntax errors and of validation errors. */
export const useErrorCodes = (): Plugin => ({
  onParse:
    () =>
    ({ result }) =>
      setCode(result, 'GRAPHQL_PARSE_FAILED'),
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) setCode(error, 'GRAPHQL_VALIDATION_FAILED');
    },
});
