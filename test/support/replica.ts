import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url));

/** A gateway in a process of its own. */
export interface Replica {
  url: string;
  kill: (signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void;
  /** The code that it ended with; null after a signal. */
  exit: Promise<number | null>;
  /** One line of its metrics, by name and labels; 0 while there is none. */
  metric: (name: string) => Promise<number>;
}

const metricOf = async (url: string, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
};

/** Starts a gateway on a free port with these settings and no others, and Node with these flags. It ends with the test, unless told otherwise. */
export const startReplica = async (
  settings: Record<string, string>,
  flags: readonly string[] = [],
  whenOver: (end: () => void) => void = onTestFinished,
): Promise<Replica> => {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [...flags, MAIN], {
    env: { PATH, PORT: '0', LOG_LEVEL: 'silent', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  whenOver(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const urlOf = () => /GraphQL: +(http:\/\/\S+)\/graphql/.exec(said)?.[1];
  const end = performance.now() + 20_000;
  while (urlOf() === undefined) {
    if (performance.now() > end) throw new Error('The gateway does not start');
    await wait(20); // oxlint-disable-line no-await-in-loop -- until it says where it is
  }
  const url = urlOf()!;
  return {
    url,
    kill: (signal) => void child.kill(signal),
    exit: new Promise((resolve) => child.once('exit', resolve)),
    metric: (name) => metricOf(url, name),
  };
};
