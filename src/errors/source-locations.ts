import {
  type ASTNode,
  type DocumentNode,
  GraphQLError,
  type Location,
  Source,
  type SourceLocation,
} from 'graphql';

/** A source without lines. From a real one, graphql-js would count the lines again for each error. */
const EMPTY_SOURCE = new Source('');

/** The offsets of a node in its text, with the members from which graphql-js computes line and column. */
class Offsets {
  readonly start: number;
  readonly end: number;

  constructor({ start, end }: Location) {
    this.start = start;
    this.end = end;
  }

  get source(): Source {
    return EMPTY_SOURCE;
  }

  get startToken(): SourceLocation {
    return { line: 1, column: this.start + 1 };
  }
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value;

/**
 * Reduces the location of each node to its offsets, in place. The tokens that the parser keeps there take more memory than the rest of
 * the document, and from them graphql-js computes line and column of every error, each time from the start of the text.
 */
export const withOffsetsOnly = (document: DocumentNode): DocumentNode => {
  const pending: unknown[] = [document];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) for (const item of value) pending.push(item);
    if (!isNode(value)) continue;
    const node = value as ASTNode & { loc?: Location };
    for (const child of Object.values(node))
      if (typeof child === 'object' && child !== node.loc) pending.push(child);
    if (node.loc) (node as { loc?: object }).loc = new Offsets(node.loc);
  }
  return document;
};

/** Memory of a node, with its name and its entry in a list. */
const NODE_BYTES = 260;
const CHARACTER_BYTES = 2;

/** Estimated bytes of a parsed document in memory. They include its text: names are slices of the text, and keep it in memory. */
export const bytesOfDocument = (document: DocumentNode): number => {
  let nodes = 0;
  const pending: unknown[] = [document];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) for (const item of value) pending.push(item);
    if (!isNode(value)) continue;
    nodes += 1;
    for (const child of Object.values(value)) if (typeof child === 'object') pending.push(child);
  }
  return nodes * NODE_BYTES + CHARACTER_BYTES * (document.loc?.end ?? 0);
};

/** Converts an offset in one text to line and column, both from 1. */
export type Locate = (offset: number) => SourceLocation;

const LINE_END = /\r\n|[\n\r]/g;

/** A locator for one text. It finds the lines once, at its first call. */
export const createLocator = (text: string): Locate => {
  let starts: number[] | undefined;
  const findStarts = () => [
    0,
    ...[...text.matchAll(LINE_END)].map(({ index, 0: end }) => index + end.length),
  ];
  return (offset) => {
    starts ??= findStarts();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
};

/** The locations of an error in its text. Errors of documents that {@link withOffsetsOnly} prepared carry offsets, all in line 1. */
export const locationsOf = (error: GraphQLError, locate: Locate): readonly SourceLocation[] | undefined => {
  const hasRealLines = error.source !== undefined && error.source !== EMPTY_SOURCE;
  if (hasRealLines || !error.locations) return error.locations;
  return error.locations.map(({ column }) => locate(column - 1));
};
