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

/** Sums numbers by status, the most urgent first. */
export const toCounts = (numbers: Iterable<readonly [Status, number]>): Counts => {
  const counts = new Map<Status, number>();
  for (const [status, count] of numbers) counts.set(status, (counts.get(status) ?? 0) + count);
  return new Map([...counts].toSorted(([a], [b]) => rankOf(a) - rankOf(b)));
};

/** Counts statuses, the most urgent first. */
export const countStatuses = (things: readonly { status: Status }[]): Counts =>
  toCounts(things.map(({ status }): [Status, number] => [status, 1]));

/** How many there are in all. */
export const totalOf = (counts: Counts): number => counts.values().reduce((sum, one) => sum + one, 0);

/** Counts in words, such as "1 failed, 3 waiting". */
export const describeCounts = (counts: Counts): string =>
  [...counts]
    .map(([status, count]) => `${count.toLocaleString('en')} ${describeStatus(status)}`)
    .join(', ') || 'no connections';
