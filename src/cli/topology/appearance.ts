import type { ConnectionNode, ParentNode } from './topology.ts';

/** Colours of connections by status: what waits or has failed stands out. */
export const COLOURS: Readonly<Record<string, string>> = {
  ACCEPTED: '#2e7d32',
  CREATING: '#1565c0',
  PENDING_ACCEPTANCE: '#e65100',
  FAILED: '#c62828',
  REJECTED: '#6a1b9a',
};
export const OTHER_COLOUR = '#616161';

export const colourOf = ({ status }: Pick<ConnectionNode, 'status'>): string =>
  COLOURS[status] ?? OTHER_COLOUR;

/** The texts that identify a connection. */
export const labelOf = ({ endpointId, domainId, ipv4 }: ConnectionNode): readonly string[] =>
  [endpointId, domainId ?? '', ipv4 ?? ''].filter(Boolean);

export const describeParent = ({ name, kind, status }: ParentNode): string => `${name} (${kind}, ${status})`;

/** What needs somebody first: failures, then what waits, then the rest. */
const ORDER = ['FAILED', 'PENDING_ACCEPTANCE', 'CREATING', 'DELETING', 'REJECTED', 'ACCEPTED'];

const rank = ({ status }: ConnectionNode): number => {
  const index = ORDER.indexOf(status);
  return index === -1 ? ORDER.length : index;
};

/** Connections in the order of their urgency. */
export const byUrgency = (connections: readonly ConnectionNode[]): ConnectionNode[] =>
  connections.toSorted((one, other) => rank(one) - rank(other));

/** How many connections there are of each status, the most urgent first. */
export const countByStatus = (connections: readonly ConnectionNode[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { status } of byUrgency(connections)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
};
