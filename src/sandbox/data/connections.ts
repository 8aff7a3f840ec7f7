import { stamp } from '../http/clock.ts';
import { SANDBOX } from '../credentials.ts';
import { digest, makeHexId, makeUuid } from './ids.ts';
import type { ConnectionRow, Endpoint, ErrorItem, Permission, VisibleService } from '../model.ts';
import { DEFAULT_ROUTE_TABLE, makeEndpoint, makePermission, makeServiceConnection } from './rows.ts';

/** Accounts that connect to the project's clusters and services. */
export const ACCOUNTS = {
  own: SANDBOX.domainId,
  analytics: makeHexId('analytics'),
  logistics: makeHexId('logistics'),
  partner: makeHexId('partner'),
  reporting: makeHexId('reporting'),
  sample: '5fc973eea581490997e82ea11a1df31f',
} as const;

const EVERYONE = Object.values(ACCOUNTS);

const nth = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
};

/** Both spellings of an error item, as either reaches a caller. */
export const FAILURES: readonly ErrorItem[][] = [
  [{ error_code: '4001', error_message: 'The subnet has no free address left.' }],
  [{ code: '2022', message: 'The port of the endpoint could not be plugged in.' }],
  [
    { error_code: '1001', error_message: 'Creation did not finish in time.' },
    { error_code: '1002', error_message: 'The resources of the endpoint were released.' },
  ],
];

/** Of a hundred endpoints: 78 accepted, 9 waiting, 8 rejected, 5 failed. */
const statusAt = (percent: number): string => {
  if (percent < 78) return 'accepted';
  if (percent < 87) return 'pendingAcceptance';
  return percent < 95 ? 'rejected' : 'failed';
};

interface Span {
  from: string;
  to: string;
}

/** Many connections, spread evenly over a span of time, newest first. */
export const manyConnections = (seed: string, count: number, { from, to }: Span): ConnectionRow[] => {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: count }, (_none, index) => {
    const hex = digest(`${seed} ${index}`);
    const at = (start: number): number => Number.parseInt(hex.slice(start, start + 6), 16);
    const status = statusAt(at(0) % 100);
    const created = last - ((last - first) * index) / count;
    return makeServiceConnection({
      id: makeUuid(`${seed} ${index}`),
      status,
      domain_id: nth(EVERYONE, at(6)),
      created_at: stamp(created),
      updated_at: stamp(created + 1000 * (4 + (at(12) % 900))),
      marker_id: String(16_777_216 + at(18) * 16 + index),
      vpcepIp: `10.${at(24) % 200}.${at(30) % 256}.${2 + (at(36) % 250)}`,
      ...(status === 'failed' ? { error: nth(FAILURES, index) } : {}),
    });
  });
};

/** The whitelist of the given permission texts. */
export const whitelist = (seed: string, permissions: readonly string[], created_at: string): Permission[] =>
  permissions.map((permission) =>
    makePermission({ id: makeUuid(`${seed} admits ${permission}`), permission, created_at }),
  );

/** The permission text of an account. */
export const account = (domainId: string): string => `iam:domain::${domainId}`;

/** The endpoints behind the first few connections that are the project's own; the rest stay foreign. */
export const ownEndpoints = (
  service: { id: string; service_name: string; service_type: string },
  connections: readonly ConnectionRow[],
  most: number,
): Endpoint[] =>
  connections
    .filter((row) => row.domain_id === SANDBOX.domainId)
    .slice(0, most)
    .map((row) => makeEndpoint(row, service));

/** The project's endpoint to object storage: through a route, and with tags. */
export const objectStorageEndpoint = (service: VisibleService): Endpoint =>
  makeEndpoint(
    makeServiceConnection({
      id: makeUuid('endpoint to object storage'),
      created_at: '2021-03-05T06:00:00Z',
      vpcepIp: null,
      description: 'backups',
    }),
    service,
    {
      subnet_id: '',
      routetables: [DEFAULT_ROUTE_TABLE],
      tags: [
        { key: 'team', value: 'storage' },
        { key: 'stage', value: 'prod' },
      ],
    },
  );
