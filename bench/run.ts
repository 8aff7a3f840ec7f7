/**
 * What an operation costs: the gateway beside a bare server that makes the fewest upstream calls for the same, in turns, each a
 * process of its own, before one stand-in cloud. `README.md` tells how to read it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import { MIXED } from './mixed.ts';
import { readPeer } from './peers.ts';
import {
  type Measured,
  PINNED,
  startAnew,
  startGateway,
  startGatewayOfProjects,
  startPeer,
  startRaw,
  startUpstream,
} from './processes.ts';
import { findGrowth, writeRelease } from './release.ts';
import { markdown, plain } from './report.ts';
import { type Result, type Run, rowsOf } from './results.ts';
import { UNITS } from './units.ts';
import { type Workload, WORKLOADS } from './workloads.ts';

const { values: options } = parseArgs({
  options: {
    workloads: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1.5' },
    env: { type: 'string', multiple: true, default: [] },
    server: { type: 'string', multiple: true, default: ['raw', 'gateway'] },
    peer: { type: 'string', multiple: true, default: [] },
    volatile: { type: 'string', default: '100' },
    release: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    profiles: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
  },
});

const LATENCY_MS = 20;
const FAR = new Set(['W1', 'W2', 'W3', 'W4']);
const FAR_SECONDS = 1;

const settings = Object.fromEntries(
  options.env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
);
const ALL = [...WORKLOADS, ...MIXED, ...UNITS];
const names = options.workloads?.split(',') ?? ALL.map(({ name }) => name);
const unknown = names.filter((name) => !ALL.some((workload) => workload.name === name));
if (unknown.length > 0) throw new Error(`No such workload: ${unknown.join(', ')}`);
const [rounds, seconds, volatile] = [
  Number(options.rounds),
  Number(options.seconds),
  Number(options.volatile),
];

const chosen = ALL.filter(({ name }) => names.includes(name));

/** Each workload near the cloud with many clients; some where the cloud's answers stay the same, some far from it with one client. */
const PLAN = [
  ...chosen.map((workload) => ({ workload, latencyMs: 0, volatile, clients: workload.clients, seconds })),
  ...chosen
    .filter((workload) => volatile > 0 && WORKLOADS.includes(workload))
    .map((workload) => ({ workload, latencyMs: 0, volatile: 0, clients: workload.clients, seconds })),
  ...chosen
    .filter(({ name }) => FAR.has(name))
    .map((workload) => ({ workload, latencyMs: LATENCY_MS, volatile, clients: 1, seconds: FAR_SECONDS })),
];

const README = new URL('README.md', import.meta.url);
const MARKS = ['<!-- results -->', '<!-- /results -->'] as const;

/** Puts text between the marks of the README. */
const update = (text: string): void => {
  const whole = readFileSync(README, 'utf8');
  const [from, to] = MARKS.map((mark) => whole.indexOf(mark)) as [number, number];
  writeFileSync(README, `${whole.slice(0, from + MARKS[0].length)}\n\n${text}\n\n${whole.slice(to)}`);
};

const started = new Date();
const [loadBefore = 0] = loadavg();
const upstream = await startUpstream();
const STARTS = { raw: startRaw, gateway: startGateway, 'gateway, anew': startAnew };
const servers = await Promise.all([
  ...options.server.map((name) => STARTS[name as keyof typeof STARTS](upstream.url, settings)),
  ...options.peer.map((folder, index) => startPeer(readPeer(folder), upstream.url, index)),
  ...chosen
    .map(({ projects = 1 }) => projects)
    .filter((projects) => projects > 1 && options.server.includes('gateway'))
    .map((projects) => startGatewayOfProjects(upstream.url, settings, projects)),
]);
if (options.profiles !== undefined) mkdirSync(options.profiles, { recursive: true });
const results: Result[] = [];

/** True if a server can answer a workload. */
const answers = ({ name, peer, projects }: Measured, workload: Workload): boolean => {
  if (peer) return peer.bodyOf(workload.name, workload.operations[0]!) !== undefined;
  return name === 'raw' || projects === (workload.projects ?? 1);
};

/* oxlint-disable no-await-in-loop -- one measurement at a time */
for (let round = 0; round < rounds; round += 1) {
  for (const { workload, ...where } of PLAN) {
    const able = servers.filter((server) => answers(server, workload));
    const inTurn = round % 2 === 0 ? able : able.toReversed();
    for (const server of inTurn) {
      // Every caller has to ask three times before his answer is one that can be given again.
      const warmSeconds = where.latencyMs > 0 ? 0.1 : 2.2;
      const figures = await measure(server, upstream, workload, {
        ...where,
        warmSeconds,
        profiles: where.latencyMs === 0 ? options.profiles : undefined,
      });
      results.push({ round, workload: workload.name, server: server.name, ...where, ...figures });
      if (process.stderr.isTTY)
        process.stderr.write(`${round + 1}/${rounds} ${workload.name} ${server.name}\x1b[K\r`);
    }
  }
}
/* oxlint-enable no-await-in-loop */

for (const server of servers) server.end();
upstream.end();

const run: Run = {
  started: started.toISOString(),
  rounds,
  seconds,
  volatile,
  pinned: PINNED,
  loadBefore,
  settings,
  results,
};
if (options.json) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
if (options.update) update(markdown(run));
if (options.release) writeRelease(rowsOf(run));
console.log(options.markdown ? markdown(run) : plain(rowsOf(run)));
if (options.compare) {
  const growth = findGrowth(rowsOf(run));
  for (const line of growth) console.error(line);
  if (growth.length > 0) process.exitCode = 1;
}
