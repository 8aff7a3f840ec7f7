import type { ListName, World } from '../model.ts';

/** A page of a list. */
export interface Served<Row> {
  rows: Row[];
  /** Total that the answer has; missing if it has none. */
  total: number | undefined;
}

/** Cuts a page out of a list, with the oddities of `world.lists`. */
export const servePage = <Row>(
  { lists }: World,
  name: ListName,
  matching: readonly Row[],
  { offset, limit }: { offset: number; limit: number },
): Served<Row> => {
  const { served = Infinity, pageAtMost = Infinity, miscounted = 0, stuck, uncounted } = lists[name] ?? {};
  const from = stuck ? 0 : offset;
  const to = Math.min(from + Math.min(limit, pageAtMost), served);
  return {
    rows: matching.slice(from, Math.max(from, to)),
    total: uncounted ? undefined : Math.max(0, matching.length + miscounted),
  };
};
