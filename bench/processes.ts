/** The processes that are measured, and what they use. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { MeterOrder, Used } from './meter.ts';
import type { Calls, UpstreamOrder } from './upstream.ts';
import { PROJECT } from './world.ts';
import { SETTINGS } from './workloads.ts';

export interface Measured {
  name: 'gateway' | 'gateway, anew' | 'raw';
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

const start = (file: string, env: NodeJS.ProcessEnv, core: 0 | 1, imports: string[]): ChildProcess => {
  const flags = imports.flatMap((module) => ['--import', module]);
  const pinned = { execPath: BINDER, execArgv: ['-c', String(core), process.execPath, ...flags] };
  return fork(path(file), {
    env,
    silent: true,
    ...(PINNED ? pinned : { execArgv: flags }),
  });
};

const heard = async <T>(child: ChildProcess): Promise<T> => {
  const [message] = (await once(child, 'message')) as [T];
  return message;
};

/** Starts one of the two servers, and waits until it says where it is. */
const measured = async (
  name: Measured['name'],
  file: string,
  env: Record<string, string>,
): Promise<Measured> => {
  const child = start(file, { PATH: process.env['PATH'], ...env }, 0, [meter]);
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
  return {
    name,
    url,
    used: (order = {}) => {
      const used = heard<Used>(child);
      child.send(order);
      return used;
    },
    end: () => void child.kill(),
  };
};

/** The gateway as `peers.json` has it configured, with these settings over it. */
export const startGateway = (
  upstream: string,
  settings: Record<string, string>,
  name: Measured['name'] = 'gateway',
): Promise<Measured> =>
  measured(name, '../src/start.js', {
    ...SETTINGS,
    // As in production, where no line says where it is.
    NODE_ENV: 'development',
    GRAPHIQL: 'off',
    INTROSPECTION: 'off',
    EXPLAIN: 'off',
    MALLOC_ARENA_MAX: '1',
    MALLOC_TRIM_THRESHOLD_: '131072',
    PORT: '0',
    HW_PROJECT_ID: PROJECT,
    CSS_ENDPOINT: upstream,
    VPCEP_ENDPOINT: upstream,
    DATAARTSINSIGHT_ENDPOINT: upstream,
    ...settings,
  });

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
  const child = start('upstream.ts', process.env, 1, []);
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
