import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './introspection.ts';

export const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();
export type { ResultOf, VariablesOf } from 'gql.tada';
