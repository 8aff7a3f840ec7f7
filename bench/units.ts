/** What a unit of work costs: one operation, call, page, row and field, each the difference of two workloads that differ in nothing else. */
import type { Row } from './results.ts';
import { CONNECTIONS, clusterId, rows } from './world.ts';
import { connections, each, QUERIES, values, type Workload } from './workloads.ts';

const LONG = 1000;
const SHORT = 100;
const CALLS = 20;

/** One call for each of so many clusters, with a single row. */
const calls = (name: string, count: number): Workload => {
  const numbers = rows(0, count, (number) => number);
  const ids = numbers.map(clusterId);
  return {
    name,
    meaning: `the number of connections of ${count} ${count === 1 ? 'cluster' : 'clusters'}`,
    clients: 16,
    query:
      `query(${numbers.map((number) => `$id${number}: ID!`).join(', ')}) { ` +
      `${numbers.map((number) => `c${number}: cluster(clusterId: $id${number}) { connections(first: 1) { totalCount } }`).join(' ')} }`,
    operations: [
      {
        raw: { workload: 'pages', ids, limit: 1 },
        variables: Object.fromEntries(ids.map((id, number) => [`id${number}`, id])),
        expected: ids.map(() => CONNECTIONS),
      },
    ],
  };
};

/** One page of so many rows, with five fields of each. */
const page = (name: string, count: number): Workload => ({
  name,
  meaning: `${count} connections of a cluster, 5 fields`,
  clients: 8,
  query: `query($id: ID!) { cluster(clusterId: $id) { connections(first: ${count}) { nodes { endpointId status ipv4 createdAt domainId } } } }`,
  operations: each('pages', (number) =>
    connections(number, 0, count, 'id', 'status', 'vpcepIp', 'created_at', 'domain_id'),
  ).map((one) => ({ ...one, raw: { workload: 'pages', ids: [one.raw.id!], limit: count } })),
});

/** One of the aliases of W4. */
const alias: Workload = {
  name: 'A1',
  meaning: 'one cluster with its first 10 connections, 2 fields',
  clients: 16,
  query: QUERIES['W4']!.query.replace(/ c2: .* c20: cluster\(clusterId: \$id\) \{ \.\.\.f \}/, ''),
  operations: each('W1', (number) => [
    clusterId(number),
    CONNECTIONS,
    ...values(
      connections(number, 0, 10, 'id', 'status').map((value) => ({ value })),
      'value',
    ),
  ]),
};

export const UNITS: readonly Workload[] = [
  calls('C1', 1),
  calls(`C${CALLS + 1}`, CALLS + 1),
  page(`R${SHORT}`, SHORT),
  page(`R${LONG}`, LONG),
  alias,
];

/** A unit: `count` of it make the difference between two workloads. */
const DIFFERENCES: readonly [unit: string, more: string, less: string | undefined, count: number][] = [
  ['an operation without calls', 'W6', undefined, 1],
  ['an operation with one call', 'C1', undefined, 1],
  ['one more call', `C${CALLS + 1}`, 'C1', CALLS],
  ['one more page of 10 rows, without a call', 'W4', 'A1', 19],
  ['one more row of 5 fields', `R${LONG}`, `R${SHORT}`, LONG - SHORT],
  ['one more field', 'W5', `R${LONG}`, LONG * 5],
];

type Table = (head: readonly string[], lines: readonly (readonly string[])[], words?: number) => string;

const NOTHING = { cpuSecondsPerThousand: 0, kilobytesAllocated: 0, promises: 0 };

/** The table of units; empty if the workloads that it needs were not measured. */
export const units = (measured: readonly Row[], table: Table): string[] => {
  const near = measured.filter(({ latencyMs, volatile }) => latencyMs === 0 && volatile > 0);
  const servers = [...new Set(near.map(({ server }) => server))];
  const lines = DIFFERENCES.flatMap(([unit, more, less, count]) =>
    servers.flatMap((server) => {
      const find = (name: string) => near.find((row) => row.workload === name && row.server === server);
      const [whole, rest] = [find(more), less === undefined ? NOTHING : find(less)];
      if (!whole || !rest) return [];
      const each1 = (name: keyof typeof NOTHING) => (whole[name] - rest[name]) / count;
      return [
        [
          unit,
          server,
          (each1('cpuSecondsPerThousand') * 1000).toPrecision(3),
          (each1('kilobytesAllocated') * 1000).toFixed(0),
          each1('promises').toFixed(2),
        ],
      ];
    }),
  );
  return lines.length === 0
    ? []
    : [
        'What one more of something costs: the difference of two workloads.',
        table(['unit', 'server', 'CPU µs', 'bytes allocated', 'promises'], lines, 2),
      ];
};
