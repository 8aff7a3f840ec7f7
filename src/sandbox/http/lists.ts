import type { ListName, World } from '../model.ts';

/** What a list hands out for one request. */
export interface Served<Row> {
  rows: Row[];
  /** What the answer counts; missing where it does not count. */
  total: number | undefined;
}

/** The page of a list that an offset and a limit stand for, served as `world.lists` says. */
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
