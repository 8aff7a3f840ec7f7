import { type Counts, countStatuses, describeStatus, rankOf, type Status, totalOf } from './status.ts';
import type { Connection } from './topology.ts';

export type Grouping = 'status' | 'account';

/** Connections of one tree that belong together. */
export interface Group {
  /** Unique in its tree. */
  key: string;
  label: string;
  /** The most urgent one. */
  status: Status;
  counts: Counts;
  size: number;
  /** The most urgent first; empty until they are read. */
  connections: readonly Connection[];
}

/** Key of the group of connections that are not read yet. */
const UNREAD = '#unread';

/** What is grouped: connections, or how many there are until they are read. */
interface Grouped {
  counts: Counts;
  connections: readonly Connection[] | null;
}

const groupOf = (key: string, label: string, counts: Counts, connections: readonly Connection[]): Group => {
  const [status] = counts.keys();
  return { key, label, status: status!, counts, size: totalOf(counts), connections };
};

const groupByStatus = ({ counts, connections }: Grouped): Group[] => {
  const members = Map.groupBy(connections ?? [], ({ status }) => status);
  return [...counts].map(([status, count]) =>
    groupOf(status, describeStatus(status), new Map([[status, count]]), members.get(status) ?? []),
  );
};

const byUrgency = (a: Connection, b: Connection): number => rankOf(a.status) - rankOf(b.status);

const groupByAccount = ({ counts, connections }: Grouped): Group[] => {
  if (connections === null)
    return counts.size > 0 ? [groupOf(UNREAD, 'accounts are being read …', counts, [])] : [];
  return [...Map.groupBy(connections, ({ domainId }) => domainId ?? '')]
    .map(([account, members]) =>
      groupOf(account, account || 'account not known', countStatuses(members), members.toSorted(byUrgency)),
    )
    .toSorted((a, b) => rankOf(a.status) - rankOf(b.status) || b.size - a.size);
};

/** Groups connections, the most urgent group first, then the largest. */
export const groupConnections = (grouped: Grouped, by: Grouping): Group[] =>
  by === 'status' ? groupByStatus(grouped) : groupByAccount(grouped);
