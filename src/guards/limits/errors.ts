import type { GraphQLError } from 'graphql';
import { clientError } from '../../errors/client-error.ts';
import type { OperationLimits } from './operation-limits.ts';

const SPLIT = 'Split the operation up';

/** What a limit counts, what the client can do about it, and the operator. */
const WORDS: Record<keyof OperationLimits, { what: string; change: string; setting: string }> = {
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

// As a mistake in the operation: 400, but 200 for clients that read `application/json` alone.
const refused = (message: string, extensions: Record<string, unknown>): GraphQLError =>
  clientError('QUERY_TOO_COMPLEX', message, { ...extensions, http: { spec: true, status: 400 } });

/** The refusal of an operation over one of the limits that are settings; `found` is missing where counting stopped there. */
export const overLimit = (
  name: keyof OperationLimits,
  limit: number,
  found?: number,
  extensions: Record<string, unknown> = {},
): GraphQLError => {
  const { what, change, setting } = WORDS[name];
  const figure = found === undefined ? `more than ${grouped(limit)}` : grouped(found);
  return refused(
    `The operation has ${figure} ${what} and may have ${grouped(limit)}. ${change}; the operator's setting is ${setting}.`,
    extensions,
  );
};

/** The refusal of an operation over a limit that no setting moves. */
export const overBound = (what: string, bound: number, change = SPLIT): GraphQLError =>
  refused(`The operation has more than ${grouped(bound)} ${what}, which is the most. ${change}.`, {});
