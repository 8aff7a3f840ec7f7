/** Other systems that serve the same graph, each described by a `system.json` in a folder outside of this project. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from './workloads.ts';

/** What a `system.json` says. */
interface System {
  extends?: string;
  start?: string;
  env?: Record<string, string>;
  workloads?: Record<string, { query?: string; variables?: Record<string, unknown> }>;
}

const read = (folder: string, file: string): System => {
  const system = JSON.parse(readFileSync(join(folder, file), 'utf8')) as System;
  const base = system.extends === undefined ? {} : read(folder, system.extends);
  return { ...base, ...system, workloads: { ...base.workloads, ...system.workloads } };
};

/** A peer: how it is started, and the body of each operation that it can answer. */
export interface Peer {
  name: string;
  folder: string;
  start: string;
  env: Record<string, string>;
  /** Undefined if it does not answer the workload. */
  bodyOf(workload: string, operation: Operation): string | undefined;
}

export const readPeer = (folder: string): Peer => {
  const { start, env = {}, workloads = {} } = read(folder, 'system.json');
  if (start === undefined) throw new Error(`${folder} does not say how it is started`);
  return {
    name: folder.replace(/\/+$/, '').split('/').at(-1)!,
    folder,
    start,
    env,
    bodyOf: (workload, { raw }) => {
      const { query, variables = {} } = workloads[workload] ?? {};
      if (query === undefined) return undefined;
      const values: Record<string, unknown> = {
        $CLUSTER: raw.id,
        $HOT: raw.id,
        $START: 1,
        $OFFSET: raw.offset ?? 0,
      };
      const filled = Object.entries(variables).map(([name, value]) => [name, values[String(value)] ?? value]);
      return JSON.stringify({ query, variables: Object.fromEntries(filled) as object });
    },
  };
};
