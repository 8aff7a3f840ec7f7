/** Rows of a list: skip `offset`, take `limit`. A limit of 0 requests only what comes beside the rows, such as the total. */
export interface Window {
  offset: number;
  limit: number;
  /** Only the whole list is of use: if it ends after this window, its first rows may be read without the others. */
  wholeOnly?: boolean | undefined;
}

/** The answer of an upstream for one window. */
export interface Page<Item> {
  items: readonly Item[];
  /** Rows in the whole list as the upstream counts them; null if it does not say. */
  total: number | null;
  /** Whether the upstream refused the offset because the list ends at it or before it. */
  pastEnd?: boolean;
}

/** Limits of one call for a list. */
export interface ListLimits {
  /** The largest `limit` that the upstream accepts. */
  pageSize: number;
  /** The largest offset that the upstream accepts, if it has a maximum. */
  lastOffset?: number;
}

/** How an upstream expresses a window in its query string. */
export type PageStyle = (window: Window) => Record<string, number>;

/** `offset` is the number of rows to skip. */
export const offsetLimit: PageStyle = ({ offset, limit }) => ({ offset, limit });

/**
 * `start`, and its newer name `offset`, are the number of the first row, from 1. Both are sent with the same value: which of them a
 * region uses is not documented, and both are 1-based (page "Querying the Cluster List").
 */
export const startLimit: PageStyle = ({ offset, limit }) => ({
  start: offset + 1,
  offset: offset + 1,
  limit,
});

/** `start` is the number of the first row, from 1 (CSS connections of the middle generation). */
export const startOnly: PageStyle = ({ offset, limit }) => ({ start: offset + 1, limit });

/** No offset and no limit: the oldest CSS versions answer with the whole list. */
export const unpaged: PageStyle = () => ({});

/** How many rows of a list can be reached with these limits. */
export const reachableRows = ({ pageSize, lastOffset }: ListLimits): number =>
  lastOffset === undefined ? Number.POSITIVE_INFINITY : lastOffset + pageSize;

const windowEnd = ({ offset, limit }: Window) => offset + limit;

/** Whether every row of `inner` is in `outer`; a window without rows is in every window. */
export const covers = (outer: Window, inner: Window): boolean =>
  inner.limit === 0 || (inner.offset >= outer.offset && windowEnd(inner) <= windowEnd(outer));

/** Merges overlapping and adjacent windows. Windows without rows are dropped; if all are, the first row is read instead. */
export const mergeWindows = (windows: readonly Window[]): Window[] => {
  const nonEmpty = windows.filter(({ limit }) => limit > 0).toSorted((a, b) => a.offset - b.offset);
  if (nonEmpty.length === 0) return windows.length === 0 ? [] : [{ offset: 0, limit: 1 }];
  const merged: Window[] = [];
  for (const window of nonEmpty) {
    const last = merged.at(-1);
    if (last && window.offset <= windowEnd(last)) {
      last.limit = Math.max(windowEnd(last), windowEnd(window)) - last.offset;
      last.wholeOnly &&= window.wholeOnly;
    } else {
      merged.push({ ...window });
    }
  }
  return merged;
};
