import { type DocumentNode, GraphQLError, parse, type ParseOptions, type Source } from 'graphql';
import { withOffsetsOnly } from '../../errors/source-locations.ts';
import { overBound, overLimit } from './errors.ts';

/** The message of graphql 16 for a document over the limit; an operation can contain the word "tokens" itself. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

const LINE_END = /[\n\r]/g;

/** Blank lines are no tokens: a document of millions of them would pass the limit. */
const hasMoreLines = (text: string, lines: number): boolean => {
  LINE_END.lastIndex = 0;
  for (let line = 0; line < lines; line += 1) if (!LINE_END.test(text)) return false;
  return true;
};

/** Creates a parser that accepts so many tokens, and as many lines. */
export const parseWithin =
  (tokens: number) =>
  (source: Source | string, options?: ParseOptions): DocumentNode => {
    if (hasMoreLines(typeof source === 'string' ? source : source.body, tokens))
      throw overBound('lines', tokens, 'Take blank lines and comments out, or split the operation up');
    try {
      return withOffsetsOnly(parse(source, { ...options, maxTokens: tokens }));
    } catch (error) {
      const tooLong = error instanceof GraphQLError && TOO_MANY_TOKENS.test(error.message);
      // With a high limit, a document can be nested deeper than the parser's stack.
      throw tooLong || error instanceof RangeError ? overLimit('tokens', tokens) : error;
    }
  };
