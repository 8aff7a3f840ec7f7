import type { Terminal } from '../terminal.ts';
import { byUrgency, countByStatus, describeParent } from './appearance.ts';
import type { ConnectionNode, Topology } from './topology.ts';

const TERMINAL_COLOURS: Readonly<Record<string, Parameters<Terminal['colour']>[0]>> = {
  ACCEPTED: 'green',
  CREATING: 'blue',
  PENDING_ACCEPTANCE: 'yellow',
  FAILED: 'red',
  REJECTED: 'magenta',
};

/** What would move the cursor or colour a terminal is no text. */
const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');

const STATUS_WIDTH = 'PENDING_ACCEPTANCE'.length;

const formatConnection = (one: ConnectionNode, colour: Terminal['colour']): string => {
  const status = colour(TERMINAL_COLOURS[one.status] ?? 'gray', one.status.padEnd(STATUS_WIDTH));
  const facts = [one.endpointId, one.domainId ?? '', one.ipv4 ?? '', one.failure ?? ''].filter(Boolean);
  const admission = one.admittedBy === null ? '' : `admitted by ${one.admittedBy}`;
  return `  ${status}  ${plain([...facts, admission].filter(Boolean).join('  '))}`.trimEnd();
};

/** Formats a topology for people: each parent with its connections, the urgent ones first. */
export const formatText = ({ parents }: Topology, colour: Terminal['colour']): string => {
  const blocks = parents.map((parent) => {
    const counts = [...countByStatus(parent.connections)].map(([status, count]) => `${count} ${status}`);
    const heading = `${colour('bold', plain(describeParent(parent)))} ${parent.id}: ${counts.join(', ') || 'no connections'}`;
    return [heading, ...byUrgency(parent.connections).map((one) => formatConnection(one, colour)), ''].join(
      '\n',
    );
  });
  return blocks.length > 0 ? blocks.join('\n') : 'There are no clusters and no endpoint services.\n';
};
