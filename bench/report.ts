/** Rows as text. */
import { cpus, release, totalmem } from 'node:os';
import { arithmetic } from './arithmetic.ts';
import { type Row, type Run, rowsOf } from './results.ts';
import { MIXED } from './mixed.ts';
import { UNITS, units } from './units.ts';
import { WORKLOADS } from './workloads.ts';

const HEAD = [
  'workload',
  'server',
  'requests/s',
  'of raw',
  'p50 ms',
  'p99 ms',
  'calls alone',
  'calls under load',
  'CPU s/1000',
  'times raw',
  'kB allocated',
  'promises',
  'GCs/1000',
  'MiB',
];

const short = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);

const cells = (row: Row): string[] => [
  row.workload,
  row.server,
  short(row.perSecond),
  row.ofRaw.toFixed(2),
  short(row.p50),
  short(row.p99),
  String(row.calls),
  Number(row.callsUnderLoad.toFixed(2)).toString(),
  short(row.cpuSecondsPerThousand),
  row.cpuOfRaw.toFixed(1),
  short(row.kilobytesAllocated),
  short(row.promises),
  short(row.collectionsPerThousand),
  row.mebibytes.toFixed(0),
];

/** A table that reads well as it is, and is Markdown. */
export const table = (head: readonly string[], lines: readonly (readonly string[])[], words = 1): string => {
  const width = (column: number) => Math.max(3, ...[head, ...lines].map((line) => line[column]!.length));
  const padded = (line: readonly string[]) =>
    line.map((cell, i) => (i < words ? cell.padEnd(width(i)) : cell.padStart(width(i))));
  const rule = head.map((_, i) => (i < words ? '-'.repeat(width(i)) : `${'-'.repeat(width(i) - 1)}:`));
  return [padded(head), rule, ...lines.map(padded)].map((line) => `| ${line.join(' | ')} |`).join('\n');
};

/** The tables by what the cloud does; those without a row are left out. */
const tables = (rows: readonly Row[]): [title: string, table: string][] => {
  const parts: [string, (row: Row) => boolean][] = [
    ['The cloud answers something else each time', (row) => row.latencyMs === 0 && row.volatile > 0],
    ['The cloud answers the same again', (row) => row.latencyMs === 0 && row.volatile === 0],
    ['The cloud answers after 20 ms, one client', (row) => row.latencyMs > 0],
  ];
  return parts
    .map(([title, isIn]): [string, Row[]] => [title, rows.filter(isIn)])
    .filter(([, some]) => some.length > 0)
    .map(([title, some]) => [title, table(HEAD, some.map(cells), 2)]);
};

export const plain = (rows: readonly Row[]): string =>
  [...tables(rows).flatMap(([title, text]) => [`${title}:`, text]), ...units(rows, table)].join('\n\n');

const machine = (run: Run): string => {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const settings = Object.entries(run.settings).map(([name, value]) => `\`${name}=${value}\``);
  return [
    `Measured on ${run.started.slice(0, 10)}: ${run.rounds} rounds of ${run.seconds} s for each workload and server;`,
    `${cpus().length} virtual cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gibibytes} GiB,`,
    `${process.platform} ${release()}, Node ${process.versions.node};`,
    `of 100 answers of the cloud ${run.volatile} differ from the one before, where nothing else is said;`,
    `load of the machine just before: ${run.loadBefore.toFixed(1)} (0 is a quiet one);`,
    run.pinned ? 'the server on core 0, all others on core 1.' : 'no process bound to a core.',
    ...(settings.length > 0 ? [`Settings beside those of \`peers.json\`: ${settings.join(', ')}.`] : []),
  ].join('\n');
};

/** The part of `README.md` that holds figures. */
export const markdown = (run: Run): string => {
  const rows = rowsOf(run);
  const meanings = [...WORKLOADS, ...MIXED, ...UNITS].filter(({ name }) =>
    rows.some(({ workload }) => workload === name),
  );
  return [
    machine(run),
    table(
      ['workload', 'operation', 'clients'],
      meanings.map(({ name, meaning, clients }) => [name, meaning, String(clients)]),
      2,
    ),
    ...tables(rows).flatMap(([title, text]) => [`### ${title}`, text]),
    '### What a unit of work costs',
    ...units(rows, table),
    ...arithmetic(rows, table),
  ].join('\n\n');
};
