import { type DocumentNode, GraphQLError, Lexer, parse, type ParseOptions, Source, TokenKind } from 'graphql';
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

/** The parser descends recursively: how deep its stack reaches differs from machine to machine, and this is far from it on all. */
const MAX_BRACKETS = 500;

const OPENING: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L]);
const CLOSING: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R]);

const OPENING_CHARACTERS = /[[{]/g;

/** Checks how deep brackets are nested; stops where the text is no GraphQL, which the parser then reports. */
const checkBrackets = (source: Source, tokens: number): void => {
  // Nearly all documents have fewer brackets than may be nested.
  if ((source.body.match(OPENING_CHARACTERS)?.length ?? 0) <= MAX_BRACKETS) return;
  const lexer = new Lexer(source);
  let depth = 0;
  try {
    for (let count = 0; count < tokens; count += 1) {
      const kind: string = lexer.advance().kind;
      if (kind === TokenKind.EOF) return;
      if (OPENING.has(kind)) depth += 1;
      if (CLOSING.has(kind)) depth -= 1;
      if (depth > MAX_BRACKETS) break;
    }
  } catch {
    return;
  }
  if (depth > MAX_BRACKETS) throw overBound('brackets in one another', MAX_BRACKETS, 'Nest them less');
};

/** Creates a parser that accepts so many tokens, and as many lines. */
export const parseWithin =
  (tokens: number) =>
  (source: Source | string, options?: ParseOptions): DocumentNode => {
    const document = typeof source === 'string' ? new Source(source) : source;
    if (hasMoreLines(document.body, tokens))
      throw overBound('lines', tokens, 'Take blank lines and comments out, or split the operation up');
    checkBrackets(document, tokens);
    try {
      return withOffsetsOnly(parse(document, { ...options, maxTokens: tokens }));
    } catch (error) {
      const tooLong = error instanceof GraphQLError && TOO_MANY_TOKENS.test(error.message);
      throw tooLong ? overLimit('tokens', tokens) : error;
    }
  };
