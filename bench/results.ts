/** Rounds become rows: the median of each figure, and of the ratios within a round. */
import type { Figures } from './measure.ts';
import { sum } from './measure.ts';
import type { Calls } from './upstream.ts';

export interface Result extends Figures {
  round: number;
  workload: string;
  server: string;
  latencyMs: number;
  volatile: number;
  clients: number;
}

export interface Run {
  started: string;
  rounds: number;
  seconds: number;
  /** Of a hundred answers of the cloud so many differ from the one before. */
  volatile: number;
  pinned: boolean;
  /** How many processes wanted a core, on average, in the minute before. */
  loadBefore: number;
  /** Of the gateway, over those of `peers.json`. */
  settings: Record<string, string>;
  results: Result[];
}

/** One workload on one server, over all rounds. */
export interface Row {
  workload: string;
  server: string;
  latencyMs: number;
  volatile: number;
  clients: number;
  perSecond: number;
  /** Of what `raw` does in the same round. */
  ofRaw: number;
  p50: number;
  p99: number;
  callsAlone: Calls;
  calls: number;
  callsUnderLoad: number;
  cpuSecondsPerThousand: number;
  /** Of what `raw` takes in the same round. */
  cpuOfRaw: number;
  kilobytesAllocated: number;
  promises: number;
  collectionsPerThousand: number;
  mebibytes: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
};

const rowOf = (mine: readonly Result[], raws: readonly Result[]): Row => {
  const { workload, server, latencyMs, volatile, clients, callsAlone } = mine[0]!;
  const figure = (read: (result: Result) => number) => median(mine.map(read));
  /** NaN where `raw` was not measured. */
  const ratio = (read: (result: Result) => number) =>
    figure((one) => {
      const raw = raws.find(({ round }) => round === one.round);
      return raw ? read(one) / read(raw) : NaN;
    });
  return {
    workload,
    server,
    latencyMs,
    volatile,
    clients,
    perSecond: figure((one) => one.perSecond),
    ofRaw: ratio((one) => one.perSecond),
    p50: figure((one) => one.p50),
    p99: figure((one) => one.p99),
    callsAlone,
    calls: sum(callsAlone),
    callsUnderLoad: figure((one) => one.callsUnderLoad),
    cpuSecondsPerThousand: figure((one) => one.cpuSecondsPerThousand),
    cpuOfRaw: ratio((one) => one.cpuSecondsPerThousand),
    kilobytesAllocated: figure((one) => one.allocatedBytes) / 1000,
    promises: figure((one) => one.promises),
    collectionsPerThousand: figure((one) => one.collectionsPerThousand),
    mebibytes: figure((one) => one.bytes) / 2 ** 20,
  };
};

const nameOf = ({ workload, latencyMs, volatile, server }: Result): string =>
  `${workload} ${latencyMs} ${volatile} ${server}`;

/** In the order in which they were measured first, `raw` before the gateway. */
export const rowsOf = ({ results }: Run): Row[] =>
  [...new Set(results.map(nameOf))].map((name) => {
    const mine = results.filter((result) => nameOf(result) === name);
    const { workload, latencyMs, volatile } = mine[0]!;
    const raws = results.filter(
      (one) =>
        one.workload === workload &&
        one.latencyMs === latencyMs &&
        one.volatile === volatile &&
        one.server === 'raw',
    );
    return rowOf(mine, raws);
  });
