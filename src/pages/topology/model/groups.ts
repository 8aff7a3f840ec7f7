import { type Counts, countStatuses, describeStatus, rankOf, type Status } from './status.ts';
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
  /** The most urgent first. */
  connections: readonly Connection[];
}

const byUrgency = (a: Connection, b: Connection): number => rankOf(a.status) - rankOf(b.status);

/** Groups connections, the most urgent group first, then the largest. */
export const groupConnections = (connections: readonly Connection[], by: Grouping): Group[] => {
  const keyOf = by === 'status' ? (one: Connection) => one.status : (one: Connection) => one.domainId ?? '';
  return [...Map.groupBy(connections, keyOf)]
    .map(([key, members]): Group => {
      const sorted = members.toSorted(byUrgency);
      const status = sorted[0]!.status;
      return {
        key,
        label: by === 'status' ? describeStatus(status) : key || 'account not known',
        status,
        counts: countStatuses(sorted),
        connections: sorted,
      };
    })
    .toSorted((a, b) => rankOf(a.status) - rankOf(b.status) || b.connections.length - a.connections.length);
};
