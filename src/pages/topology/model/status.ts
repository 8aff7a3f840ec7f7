/** Statuses of connections in the order of their urgency: what needs somebody comes first. */
export const STATUSES = [
  'FAILED',
  'PENDING_ACCEPTANCE',
  'CREATING',
  'DELETING',
  'REJECTED',
  'UNKNOWN',
  'ACCEPTED',
] as const;

export type Status = (typeof STATUSES)[number];

const LABELS: Readonly<Record<Status, string>> = {
  FAILED: 'failed',
  PENDING_ACCEPTANCE: 'waiting',
  CREATING: 'being created',
  DELETING: 'being deleted',
  REJECTED: 'rejected',
  UNKNOWN: 'unknown',
  ACCEPTED: 'accepted',
};

/** A status in words. */
export const describeStatus = (status: Status): string => LABELS[status];

const RANKS = new Map<string, number>(STATUSES.map((status, rank) => [status, rank]));

/** Place of a status in the order of urgency. */
export const rankOf = (status: Status): number => RANKS.get(status)!;

/** A status of the graph; one that this page does not know is `UNKNOWN`. */
export const toStatus = (text: string): Status => (RANKS.has(text) ? (text as Status) : 'UNKNOWN');

/** How many things have each status; statuses that nothing has are missing. */
export type Counts = ReadonlyMap<Status, number>;

/** Counts statuses, the most urgent first. */
export const countStatuses = (things: Iterable<{ status: Status }>): Counts => {
  const counts = new Map<Status, number>();
  for (const { status } of things) counts.set(status, (counts.get(status) ?? 0) + 1);
  return new Map([...counts].toSorted(([a], [b]) => rankOf(a) - rankOf(b)));
};

/** Counts in words, such as "1 failed, 3 waiting". */
export const describeCounts = (counts: Counts): string =>
  [...counts]
    .map(([status, count]) => `${count.toLocaleString('en')} ${describeStatus(status)}`)
    .join(', ') || 'no connections';
