/** Rows of a list: skip `offset`, take `limit`. A limit of 0 asks for what stands beside the rows, such as the total. */
export interface Window {
  offset: number;
  limit: number;
}

/** One answer of an upstream to a window. */
export interface Page<Item> {
  items: readonly Item[];
  /** Rows in the whole list as the upstream counts them, or null where it does not say. */
  total: number | null;
  /** The upstream refused the position, since the list ends at it or before it. */
  pastEnd?: boolean;
}

/** How far one call of an upstream reaches. */
export interface ListLimits {
  /** The largest `limit` it takes. */
  pageSize: number;
  /** The largest offset it takes, where there is such a ceiling. */
  lastOffset?: number;
}

/** How an upstream spells a window in its query string. */
export type PageStyle = (window: Window) => Record<string, number>;

/** `offset` counts the rows to skip. */
export const offsetLimit: PageStyle = ({ offset, limit }) => ({ offset, limit });

/**
 * `start`, and its newer name `offset`, name the first row wanted, counted from 1. Both are sent, with one value: which of
 * them a region honours is not documented, and both are 1-based (page "Querying the Cluster List").
 */
export const startLimit: PageStyle = ({ offset, limit }) => ({
  start: offset + 1,
  offset: offset + 1,
  limit,
});

/** `start` names the first row wanted, counted from 1 (CSS connections of the middle generation). */
export const startOnly: PageStyle = ({ offset, limit }) => ({ start: offset + 1, limit });

/** No position and no limit: the oldest CSS answers are the whole list. */
export const unpaged: PageStyle = () => ({});

/** Rows of a list that an upstream lets anyone reach. */
export const reachableRows = ({ pageSize, lastOffset }: ListLimits): number =>
  lastOffset === undefined ? Number.POSITIVE_INFINITY : lastOffset + pageSize;

const endOf = ({ offset, limit }: Window) => offset + limit;

/** Whether every row of `inner` is in `outer`. */
export const covers = (outer: Window, inner: Window): boolean =>
  inner.limit === 0 || (inner.offset >= outer.offset && endOf(inner) <= endOf(outer));

/** Overlapping and touching windows become one; windows of no rows become the first row where there is no other. */
export const mergeWindows = (windows: readonly Window[]): Window[] => {
  const wanted = windows.filter(({ limit }) => limit > 0).toSorted((a, b) => a.offset - b.offset);
  if (wanted.length === 0) return windows.length === 0 ? [] : [{ offset: 0, limit: 1 }];
  const merged: Window[] = [];
  for (const window of wanted) {
    const last = merged.at(-1);
    if (last && window.offset <= endOf(last)) {
      last.limit = Math.max(endOf(last), endOf(window)) - last.offset;
    } else {
      merged.push({ ...window });
    }
  }
  return merged;
};
