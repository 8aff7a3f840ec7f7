import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  type Location,
  Source,
  type SourceLocation,
} from 'graphql';

/** Has no lines: graphql counts the lines of a text anew for each error in it, and here there are none to count. */
const NO_TEXT = new Source('');

/** Where a node begins and ends in its text, with what graphql and its compiler make a line and a column of. */
class Offsets {
  readonly start: number;
  readonly end: number;

  constructor({ start, end }: Location) {
    this.start = start;
    this.end = end;
  }

  get source(): Source {
    return NO_TEXT;
  }

  get startToken(): SourceLocation {
    return { line: 1, column: this.start + 1 };
  }
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value;

/**
 * Leaves of each node's location only where it begins and ends. The tokens that the parser hangs on it take more memory than the rest of
 * the document, and graphql would work out line and column of every error by itself, each time from the beginning of the text.
 */
export const withOffsetsOnly = (document: DocumentNode): DocumentNode => {
  const open: unknown[] = [document];
  while (open.length > 0) {
    const one = open.pop();
    if (Array.isArray(one)) for (const item of one) open.push(item);
    if (!isNode(one)) continue;
    const node = one as ASTNode & { loc?: Location };
    for (const value of Object.values(node))
      if (typeof value === 'object' && value !== node.loc) open.push(value);
    if (node.loc) (node as { loc?: object }).loc = new Offsets(node.loc);
  }
  return document;
};

/** What a node takes in memory, with its name and its place in lists. */
const BYTES_OF_A_NODE = 260;
const BYTES_OF_A_CHARACTER = 2;

/** The bytes that a parsed document takes, its text included: names are parts of it, and keep it. */
export const bytesOfDocument = (document: DocumentNode): number => {
  let nodes = 0;
  const open: unknown[] = [document];
  while (open.length > 0) {
    const one = open.pop();
    if (Array.isArray(one)) for (const item of one) open.push(item);
    if (!isNode(one)) continue;
    nodes += 1;
    for (const value of Object.values(one)) if (typeof value === 'object') open.push(value);
  }
  return nodes * BYTES_OF_A_NODE + BYTES_OF_A_CHARACTER * (document.loc?.end ?? 0);
};

/** Tells line and column of offsets in a text. The lines are found once, with the first offset that is asked for. */
export type Locate = (offset: number) => SourceLocation;

const LINE_END = /\r\n|[\n\r]/g;

export const createLocator = (text: string): Locate => {
  let starts: number[] | undefined;
  const startsOf = () => [0, ...[...text.matchAll(LINE_END)].map(({ index, 0: end }) => index + end.length)];
  return (offset) => {
    starts ??= startsOf();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
};

/** Where in its text an error is: a document that {@link withOffsetsOnly} prepared has all of it in line 1. */
export const locationsOf = (error: GraphQLError, locate: Locate): readonly SourceLocation[] | undefined => {
  const isWorkedOut = error.source !== undefined && error.source !== NO_TEXT;
  if (isWorkedOut || !error.locations) return error.locations;
  return error.locations.map(({ column }) => locate(column - 1));
};
