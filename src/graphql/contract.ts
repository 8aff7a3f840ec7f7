import { readFileSync } from 'node:fs';

/** The printed contracts: that of clients, and that of the subgraph for a supergraph. */
type ContractName = 'api' | 'subgraph';

/** The file of a contract, which a test keeps equal to the served schema. */
export const contractFile = (name: ContractName): URL =>
  new URL(`../../schema/${name}.graphql`, import.meta.url);

/** Reads a contract as text in GraphQL's schema language. */
export const readContract = (name: ContractName): string => readFileSync(contractFile(name), 'utf8');
