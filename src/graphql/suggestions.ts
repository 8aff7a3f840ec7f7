/**
 * Matches the suggestion at the end of a message of graphql-js. Text of the operation that is quoted in a message cannot match: a
 * quotation mark follows it, and the names in a suggestion are plain words.
 */
const SUGGESTION =
  / Did you mean (?:to use an inline fragment on |the enum value )?"\w+(?: \{ \.\.\. \})?"(?:,? (?:or )?"\w+")*\?$/;

/** Removes suggested names of the schema from a message. */
export const withoutSuggestion = (message: string): string => message.replace(SUGGESTION, '');
