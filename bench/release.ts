/** What operations cost in the last release, and whether they cost more now. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Row } from './results.ts';

const FILE = new URL('release.json', import.meta.url);

/** Figures that do not depend on what else the machine does, and the CPU in multiples of what `raw` needs in the same run. */
const FIGURES = ['kilobytesAllocated', 'promises', 'cpuOfRaw'] as const;

type Figures = Record<(typeof FIGURES)[number], number>;

const MAX_GROWTH = 1.1;

const ours = (rows: readonly Row[]): [string, Figures][] =>
  rows
    .filter(
      ({ server, latencyMs, volatile }) => server.startsWith('gateway') && latencyMs === 0 && volatile > 0,
    )
    .map((row) => [
      row.workload,
      { kilobytesAllocated: row.kilobytesAllocated, promises: row.promises, cpuOfRaw: row.cpuOfRaw },
    ]);

/** Keeps the figures as those of the last release. */
export const writeRelease = (rows: readonly Row[]): void =>
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(ours(rows)), null, 2)}\n`);

/** The figures that have grown by more than a tenth since the last release, a line each. */
export const findGrowth = (rows: readonly Row[]): string[] => {
  const release = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Figures>;
  return ours(rows).flatMap(([workload, figures]) =>
    FIGURES.flatMap((name) => {
      const before = release[workload]?.[name];
      const now = figures[name];
      return before !== undefined && now > before * MAX_GROWTH
        ? [`${workload}: ${name} was ${before.toPrecision(3)}, and is ${now.toPrecision(3)}`]
        : [];
    }),
  );
};
