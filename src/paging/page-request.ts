import { badInput } from '../errors/client-error.ts';
import { type Anchor, decodeCursor, isOutdatedCursor } from './cursor.ts';

/** The arguments that every list takes. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** How many rows a page has where the client does not say, and at most; and how many rows of a list are ever read. */
export interface PageSizes {
  default: number;
  max: number;
  maxRows: number;
}

/** Which rows are asked for: how many, counted from which end, between which rows. */
export interface PageRequest {
  size: number;
  backwards: boolean;
  after: Anchor | null;
  before: Anchor | null;
}

const sizeOf = (name: string, value: number, max: number): number => {
  if (value < 0 || value > max) throw badInput(`\`${name}\` must be from 0 to ${max}.`);
  return value;
};

const anchorOf = (name: string, cursor: string | null | undefined, tagOf: () => string): Anchor | null => {
  if (cursor === null || cursor === undefined) return null;
  const anchor = decodeCursor(tagOf(), cursor);
  if (anchor) return anchor;
  throw badInput(
    isOutdatedCursor(cursor)
      ? `\`${name}\` is a cursor of an earlier version of this gateway. Start again without a cursor.`
      : `\`${name}\` is not a cursor of this list with this filter and order. Take it from \`pageInfo\`.`,
  );
};

/** The arguments of a page, checked. */
export const parsePageRequest = (args: PageArguments, tagOf: () => string, sizes: PageSizes): PageRequest => {
  const { first, last } = args;
  const backwards = typeof last === 'number';
  if (backwards && typeof first === 'number') throw badInput('Give `first` or `last`, not both.');
  return {
    size: backwards ? sizeOf('last', last, sizes.max) : sizeOf('first', first ?? sizes.default, sizes.max),
    backwards,
    after: anchorOf('after', args.after, tagOf),
    before: anchorOf('before', args.before, tagOf),
  };
};
