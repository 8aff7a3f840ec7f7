import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { GraphQLEnumType, GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { WrongUse } from './exit-codes.ts';
import { STANDARD_INPUT } from './standard-input.ts';

/** Reads statuses of connections, such as `FAILED,PENDING_ACCEPTANCE`. */
export const readStatuses = (schema: GraphQLSchema, option: string, given: string | undefined): string[] => {
  const known = (schema.getType('ConnectionStatus') as GraphQLEnumType).getValues().map(({ name }) => name);
  const statuses = (given ?? '')
    .split(',')
    .map((one) => one.trim().toUpperCase())
    .filter(Boolean);
  const unknown = statuses.find((one) => !known.includes(one));
  if (unknown === undefined) return statuses;
  throw new WrongUse(`${option}: there is no status ${unknown}; there are ${known.join(', ')}.`);
};

const Variables = z.record(z.string(), z.unknown());

/** Reads the variables of a query. */
export const readVariables = (given: string | undefined): Record<string, unknown> => {
  if (given === undefined) return {};
  try {
    return Variables.parse(JSON.parse(given));
  } catch {
    throw new WrongUse('--variables: takes a JSON object, such as {"name": "orders"}.');
  }
};

/** Reads a query: the text itself, the file that has it, or `-` for standard input. */
export const readQueryText = async (given: string): Promise<string> => {
  if (given === STANDARD_INPUT) return text(process.stdin);
  if (given.includes('{')) return given;
  try {
    return readFileSync(given, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new WrongUse(`${given}: is neither GraphQL nor a file that can be read (${code}).`);
  }
};
