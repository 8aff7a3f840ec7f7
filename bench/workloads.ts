/** What is asked of both servers, and what has to be in the answers. The queries are those of `peers.json`. */
import { readFileSync } from 'node:fs';
import type { RawRequest } from './raw.ts';
import { cluster, clusterId, connectionPage, CONNECTIONS, rows, service } from './world.ts';

/** How the gateway is described to a harness that measures several systems. */
interface Description {
  env: Record<string, string>;
  workloads: Record<string, { query: string; variables?: Record<string, unknown> }>;
}

export const { env: SETTINGS, workloads: QUERIES } = JSON.parse(
  readFileSync(new URL('peers.json', import.meta.url), 'utf8'),
) as Description;

/** One operation: the gateway's body, that of `raw`, and the values that the answer must hold, each as often as here. */
export interface Operation {
  raw: RawRequest;
  /** For a page that is not the first: the operation whose `endCursor` it follows. */
  after?: number;
  variables: Record<string, unknown>;
  expected: unknown[];
}

export interface Workload {
  name: string;
  meaning: string;
  query: string;
  clients: number;
  /** Every client is the same caller, or each request comes from a caller of its own; 64 callers if missing. */
  callers?: 'same' | 'once';
  /** Projects that the gateway serves; 1 if missing. */
  projects?: number;
  operations: Operation[];
}

/** Operations of a workload that differ in their cluster. */
const SHARED = 64;
const WALKED = 16;
const PAGE = 100;

type Row = Record<string, unknown>;

export const values = (found: readonly Row[], ...names: string[]): unknown[] =>
  found.flatMap((row) => names.map((name) => row[name])).filter((value) => value !== null);

const ROW = ['id', 'status', 'vpcepIp', 'vpcepDnsName', 'created_at'];
const WHOLE_ROW = [...ROW, 'maxSession', 'specificationName', 'vpcepIpv6Address', 'update_at', 'domain_id'];

export const connections = (number: number, offset: number, limit: number, ...names: string[]) =>
  values(connectionPage(number, offset, limit).connections, ...names);

const oneCluster = (number: number, clusterFields: string[], ...names: string[]): unknown[] => [
  ...values([cluster(number)], ...clusterFields),
  CONNECTIONS,
  ...connections(number, 0, 10, ...names),
];

const joinedCluster = (number: number): unknown[] => {
  const { vpcServiceName, permissions } = connectionPage(number, 0, 0);
  return [
    ...oneCluster(number, ['id', 'name', 'status'], 'id', 'status', 'vpcepIp'),
    ...values(permissions, 'id', 'permission'),
    vpcServiceName,
    ...values([service(number)], 'id', 'service_name', 'status', 'approval_enabled'),
  ];
};

export const each = (
  workload: string,
  expected: (number: number) => unknown[],
  count = SHARED,
): Operation[] =>
  rows(0, count, (number) => ({
    raw: { workload, id: clusterId(number) },
    variables: { id: clusterId(number) },
    expected: expected(number),
  }));

const pages = (number: number): Operation[] =>
  rows(0, 10, (page) => ({
    raw: { workload: 'W3p', id: clusterId(number), offset: page * PAGE },
    variables: { id: clusterId(number) },
    ...(page > 0 && { after: number * 10 + page - 1 }),
    expected: connections(number, page * PAGE, PAGE, 'id', 'status'),
  }));

const first = (number: number) => oneCluster(number, ['id', 'name', 'status'], ...ROW);

const OPERATIONS: readonly Omit<Workload, 'query'>[] = [
  {
    name: 'W1',
    meaning: 'one cluster with its first 10 connections',
    clients: 32,
    operations: each('W1', first),
  },
  {
    name: 'W1h',
    meaning: 'the same cluster for the same caller, from all clients at once',
    clients: 32,
    callers: 'same',
    operations: each('W1h', first, 1),
  },
  {
    name: 'W2',
    meaning: '50 clusters, each with 10 connections, whitelist and endpoint service',
    clients: 8,
    operations: [{ raw: { workload: 'W2' }, variables: {}, expected: rows(0, 50, joinedCluster).flat() }],
  },
  {
    name: 'W3',
    meaning: 'all 2,000 connections of a cluster, 5 fields',
    clients: 8,
    operations: each('W3', (number) => connections(number, 0, CONNECTIONS, ...ROW)),
  },
  {
    name: 'W3p',
    meaning: 'one of ten pages of 100 connections',
    clients: 32,
    operations: rows(0, WALKED, pages).flat(),
  },
  {
    name: 'W4',
    meaning: '20 aliases of one cluster with 10 connections each',
    clients: 16,
    operations: each('W4', (number) =>
      rows(0, 20, () => oneCluster(number, ['id', 'name'], 'id', 'status')).flat(),
    ),
  },
  {
    name: 'W5',
    meaning: '1,000 connections, all 10 fields',
    clients: 8,
    operations: each('W5', (number) => connections(number, 0, 1000, ...WHOLE_ROW)),
  },
  {
    name: 'W6',
    meaning: '`{ __typename }`',
    clients: 64,
    operations: [{ raw: { workload: 'W6' }, variables: {}, expected: ['Query'] }],
  },
];

export const WORKLOADS: readonly Workload[] = OPERATIONS.map((one) => ({
  ...one,
  query: QUERIES[one.name]!.query,
}));

const counted = (found: Iterable<unknown>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of found) {
    // Enum values are the upstream's words in capitals.
    const key = String(value).toLowerCase();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

function* leaves(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) yield value;
  else for (const part of Object.values(value)) yield* leaves(part);
}

/** What is wrong with an answer, or undefined: every value has to be there as often as the upstream has it. */
export const mistakeIn = (status: number, body: string, expected: readonly unknown[]): string | undefined => {
  if (status !== 200) return `status ${status}: ${body.slice(0, 300)}`;
  const answer = JSON.parse(body) as { data?: unknown; errors?: unknown };
  if (answer.errors !== undefined) return `errors: ${JSON.stringify(answer.errors).slice(0, 300)}`;
  const there = counted(leaves(answer.data));
  for (const [value, count] of counted(expected)) {
    const found = there.get(value) ?? 0;
    if (found < count) return `${value} is there ${found} times instead of ${count}`;
  }
  return undefined;
};
