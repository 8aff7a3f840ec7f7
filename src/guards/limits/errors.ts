import type { GraphQLError } from 'graphql';
import { clientError } from '../../errors/client-error.ts';
import type { OperationLimits } from './operation-limits.ts';

const SPLIT = 'Split the operation up';

/** By limit: the thing counted, what the client can change, and the operator's setting. */
const TEXTS: Record<keyof OperationLimits, { what: string; change: string; setting: string }> = {
  variablesBytes: {
    what: 'bytes of variables',
    change: 'Send less in one operation',
    setting: 'MAX_VARIABLES_BYTES',
  },
  tokens: { what: 'tokens', change: SPLIT, setting: 'MAX_TOKENS' },
  depth: {
    what: 'levels of fields',
    change: 'Nest them less, or split the operation up',
    setting: 'MAX_DEPTH',
  },
  aliases: { what: 'aliases', change: SPLIT, setting: 'MAX_ALIASES' },
  rootFields: { what: 'root fields', change: SPLIT, setting: 'MAX_ROOT_FIELDS' },
  directives: {
    what: 'directives',
    change: 'Use fewer, or split the operation up',
    setting: 'MAX_DIRECTIVES',
  },
  listLength: {
    what: 'values in one list of an argument',
    change: 'Send them in several operations',
    setting: 'MAX_LIST_LENGTH',
  },
  cost: {
    what: 'values, by estimate,',
    change: 'Ask for smaller pages with `first`, or for less of each row',
    setting: 'MAX_COST',
  },
};

const grouped = (count: number): string => count.toLocaleString('en-US');

// As for an invalid operation: status 400, but 200 for clients that accept only `application/json`.
const refused = (message: string, extensions: Record<string, unknown>): GraphQLError =>
  clientError('QUERY_TOO_COMPLEX', message, { ...extensions, http: { spec: true, status: 400 } });

/** The error for an operation over a limit that a setting sets; `found` is missing if counting stopped at the limit. */
export const overLimit = (
  name: keyof OperationLimits,
  limit: number,
  found?: number,
  extensions: Record<string, unknown> = {},
): GraphQLError => {
  const { what, change, setting } = TEXTS[name];
  const figure = found === undefined ? `more than ${grouped(limit)}` : grouped(found);
  return refused(
    `The operation has ${figure} ${what} and may have ${grouped(limit)}. ${change}; the operator's setting is ${setting}.`,
    extensions,
  );
};

/** The error for an operation over a fixed limit. */
export const overBound = (what: string, bound: number, change = SPLIT): GraphQLError =>
  refused(`The operation has more than ${grouped(bound)} ${what}, which is the most. ${change}.`, {});
