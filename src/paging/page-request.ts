import { badInput } from '../errors/client-error.ts';
import { type Anchor, decodeCursor, isOutdatedCursor } from './cursor.ts';

/** The arguments that every list takes. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** Page sizes: default and maximum number of rows of a page, and the most rows that are read of one list. */
export interface PageSizes {
  default: number;
  max: number;
  maxRows: number;
}

/** A parsed page request: `size` rows from one end, between two anchors. */
export interface PageRequest {
  size: number;
  backwards: boolean;
  after: Anchor | null;
  before: Anchor | null;
}

const checkSize = (name: string, value: number, max: number): number => {
  if (value < 0 || value > max) throw badInput(`\`${name}\` must be from 0 to ${max}.`);
  return value;
};

const parseAnchor = (
  name: string,
  cursor: string | null | undefined,
  getTag: () => string,
): Anchor | null => {
  if (cursor === null || cursor === undefined) return null;
  const anchor = decodeCursor(getTag(), cursor);
  if (anchor) return anchor;
  throw badInput(
    isOutdatedCursor(cursor)
      ? `\`${name}\` is a cursor of an earlier version of this gateway. Start again without a cursor.`
      : `\`${name}\` is not a cursor of this list with this filter and order. Take it from \`pageInfo\`.`,
  );
};

/**
 * Parses the arguments of a page.
 * @throws `BAD_USER_INPUT` for sizes out of range, `first` together with `last`, and cursors of other lists.
 */
export const parsePageRequest = (
  args: PageArguments,
  getTag: () => string,
  sizes: PageSizes,
): PageRequest => {
  const { first, last } = args;
  const backwards = typeof last === 'number';
  if (backwards && typeof first === 'number') throw badInput('Give `first` or `last`, not both.');
  return {
    size: backwards
      ? checkSize('last', last, sizes.max)
      : checkSize('first', first ?? sizes.default, sizes.max),
    backwards,
    after: parseAnchor('after', args.after, getTag),
    before: parseAnchor('before', args.before, getTag),
  };
};
