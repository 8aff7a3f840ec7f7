import type { Extent } from './extent.ts';
import type { PageSource } from './page-source.ts';

/** Rows from the start of a list, with their extent. */
interface FoundRows<Item> {
  items: readonly Item[];
  extent: Extent;
}

/**
 * Reads a list that cannot be filtered as far as rows with these keys need it: its first page, and the other pages only if one of the
 * rows is not in it.
 */
export const findRows = async <Item>(
  { limits, keyOf, load }: Pick<PageSource<Item>, 'limits' | 'keyOf' | 'load'>,
  keys: Iterable<string>,
  maxRows: number,
): Promise<FoundRows<Item>> => {
  const first = await load({ offset: 0, limit: Math.min(limits.pageSize, maxRows) });
  const { length } = first.items;
  const seen = new Set(first.items.map(keyOf));
  if (first.extent.kind !== 'OPEN' || length >= maxRows || seen.isSupersetOf(new Set(keys))) return first;
  const rest = await load({ offset: length, limit: maxRows - length });
  const isUnchanged = rest.total === first.total && !rest.items.some((row) => seen.has(keyOf(row)));
  if (!isUnchanged) return load({ offset: 0, limit: maxRows });
  return { items: [...first.items, ...rest.items], extent: rest.extent };
};
