export { graphql } from './gql/gql.ts';
export type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
