/**
 * What graphql-js adds to the end of its messages. The names in it are plain words, and a text of the operation that is
 * quoted in a message has a quotation mark after it, so that no such text is taken for it.
 */
const SUGGESTION =
  / Did you mean (?:to use an inline fragment on |the enum value )?"\w+(?: \{ \.\.\. \})?"(?:,? (?:or )?"\w+")*\?$/;

/** A message without the names of the schema that it proposes. */
export const withoutSuggestion = (message: string): string => message.replace(SUGGESTION, '');
