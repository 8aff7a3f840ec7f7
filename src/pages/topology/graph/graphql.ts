import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './introspection.ts';

/** Parses a document; its result and variables have the types of the contract, so that a renamed field does not compile. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string };
  disableMasking: true;
}>();
