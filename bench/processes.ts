/** The processes that are measured, and what they use. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MeterOrder, Used } from './meter.ts';
import type { Peer } from './peers.ts';
import type { Calls, UpstreamOrder } from './upstream.ts';
import { PROJECT, rows } from './world.ts';
import { SETTINGS } from './workloads.ts';

export interface Measured {
  /** `raw`, `gateway`, `gateway, anew`, `gateway, N projects`, or the name of a peer. */
  name: string;
  peer?: Peer;
  /** Projects that it serves. */
  projects: number;
  url: string;
  /** What it used so far, and what it does from now on. */
  used(order?: MeterOrder): Promise<Used>;
  end(): void;
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const meter = new URL('meter.ts', import.meta.url).href;

/** Linux's program that keeps a process on a core. */
const BINDER = 'taskset';

const bind = (): boolean => {
  if (process.platform !== 'linux' || availableParallelism() < 2) return false;
  try {
    execFileSync(BINDER, ['-a', '-c', '-p', '1', String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Whether the server that is measured has core 0 for itself; all others then share core 1. */
export const PINNED = bind();

/** The command of a process on a core of its own. */
const pinned = (core: 0 | 1, command: string, args: readonly string[]): [string, string[]] =>
  PINNED ? [BINDER, ['-c', String(core), command, ...args]] : [command, [...args]];

/** Starts a process that can be told something. */
const startProcess = (
  core: 0 | 1,
  [command, ...args]: readonly [string, ...string[]],
  options: { env: NodeJS.ProcessEnv; cwd?: string },
): ChildProcess => {
  const [file, all] = pinned(core, command, args);
  return spawn(file, all, { ...options, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
};

const heard = async <T>(child: ChildProcess): Promise<T> => {
  const [message] = (await once(child, 'message')) as [T];
  return message;
};

const used =
  (child: ChildProcess): Measured['used'] =>
  (order = {}) => {
    const answer = heard<Used>(child);
    child.send(order);
    return answer;
  };

/** Starts the gateway or `raw`, and waits until it says where it is. */
const measured = async (
  name: string,
  file: string,
  env: Record<string, string>,
  projects = 1,
): Promise<Measured> => {
  const command = [process.execPath, '--import', meter, path(file)] as const;
  const child = startProcess(0, command, { env: { PATH: process.env['PATH'], ...env } });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.pipe(process.stderr);
    child.stdout!.setEncoding('utf8').on('data', (part: string) => {
      said += part;
      const found = /GraphQL: +(http:\/\/\S+)\/graphql/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  });
  return { name, url, projects, used: used(child), end: () => void child.kill() };
};

const isReady = async (url: string): Promise<boolean> => {
  try {
    const body = '{"query":"{ __typename }"}';
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).ok;
  } catch {
    return false;
  }
};

const PEER_PORT = 19_200;
const READY_STEP_MS = 100;

/** Starts a peer that runs on Node, and waits until it answers. */
export const startPeer = async (peer: Peer, upstream: string, index: number): Promise<Measured> => {
  const port = String(PEER_PORT + index);
  const child = startProcess(0, ['sh', '-c', `exec ${peer.start}`], {
    cwd: peer.folder,
    env: {
      ...process.env,
      ...peer.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      NODE_OPTIONS: `--import ${meter}`,
      GATEWAY_PORT: port,
      PORT: port,
      UPSTREAM_URL: upstream,
      PROJECT,
    },
  });
  child.stdout!.resume();
  child.stderr!.pipe(process.stderr);
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`${peer.name} ended with ${child.exitCode}`);
    await wait(READY_STEP_MS);
  }
  return { name: peer.name, peer, projects: 1, url, used: used(child), end: () => void child.kill() };
};

const PROCESS_SETTINGS = {
  // As in production, where no line says where it is.
  NODE_ENV: 'development',
  GRAPHIQL: 'off',
  INTROSPECTION: 'off',
  EXPLAIN: 'off',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  PORT: '0',
};

/** The gateway as `peers.json` has it configured, with these settings over it. */
export const startGateway = (
  upstream: string,
  settings: Record<string, string>,
  name = 'gateway',
): Promise<Measured> =>
  measured(name, '../src/start.js', {
    ...SETTINGS,
    ...PROCESS_SETTINGS,
    HW_PROJECT_ID: PROJECT,
    CSS_ENDPOINT: upstream,
    VPCEP_ENDPOINT: upstream,
    DATAARTSINSIGHT_ENDPOINT: upstream,
    ...settings,
  });

/** The same for so many projects, which have the same clusters. */
export const startGatewayOfProjects = (
  upstream: string,
  settings: Record<string, string>,
  projects: number,
): Promise<Measured> => {
  const endpoints = { css: upstream, vpcep: upstream, dataartsinsight: upstream };
  const list = rows(0, projects, (number) => ({
    region: SETTINGS['HW_REGION_NAME'],
    projectId: `${PROJECT}${number}`,
    endpoints,
  }));
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'projects.yaml');
  // JSON is YAML as well.
  writeFileSync(file, JSON.stringify({ projects: list }));
  const { HW_REGION_NAME: _region, ...others } = SETTINGS;
  const all = { ...others, ...PROCESS_SETTINGS, PROJECTS_FILE: file, ...settings };
  return measured(`gateway, ${projects} projects`, '../src/start.js', all, projects);
};

/** The same, where every answer is worked out, also one that was given just before. */
export const startAnew = (upstream: string, settings: Record<string, string>): Promise<Measured> =>
  startGateway(upstream, { REVALIDATE_ANSWERS: 'off', ...settings }, 'gateway, anew');

export const startRaw = (upstream: string): Promise<Measured> =>
  measured('raw', 'raw.ts', { UPSTREAM_URL: upstream });

export interface Upstream {
  url: string;
  /** From now on it answers after so long; the calls until now, by API. */
  order(order: UpstreamOrder): Promise<Calls>;
  end(): void;
}

export const startUpstream = async (): Promise<Upstream> => {
  const child = startProcess(1, [process.execPath, path('upstream.ts')], { env: process.env });
  child.stderr!.pipe(process.stderr);
  const { url } = await heard<{ url: string }>(child);
  return {
    url,
    order: (order) => {
      const calls = heard<Calls>(child);
      child.send(order);
      return calls;
    },
    end: () => void child.kill(),
  };
};
