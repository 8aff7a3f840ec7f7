import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { sandboxSettings } from './gateway.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url));
const STALL_PROBE = fileURLToPath(new URL('./stall-probe.ts', import.meta.url));
/** Collects what is no longer used when it is told to, so that what is measured is what is kept. */
const ON_SIGNAL = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => globalThis.gc())")}`;

/** A gateway in a process of its own, with little memory. */
export interface SmallProcess {
  url: string;
  /** Ends with the process: its exit code, null where a signal ended it. */
  exit: Promise<number | null>;
  /** Lines of its log and of its standard error that no operation should cause. */
  mistakes: string[];
  /** How many operations it has logged. */
  operations: () => number;
  signal: (name: NodeJS.Signals) => void;
  /** Bytes of memory that are its own: what is mapped from files, such as Node itself, the system can take back. */
  residentBytes: () => Promise<number>;
  /** Does something, and tells for how many milliseconds of CPU the event loop stood at the longest meanwhile. */
  longestStallMs: (during: () => Promise<unknown>) => Promise<number>;
}

/** Starts one in front of a stand-in cloud in this process; it ends with the test. */
export const startSmallProcess = async (
  sandbox: Pick<Sandbox, 'url'>,
  heapMegabytes: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<SmallProcess> => {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${heapMegabytes}`,
      '--expose-gc',
      '--import',
      ON_SIGNAL,
      '--import',
      STALL_PROBE,
      MAIN,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...sandboxSettings(sandbox),
        LOG_LEVEL: 'info',
        SETTLING_POLL_MS: '20',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let url: string | undefined;
  const mistakes: string[] = [];
  let operations = 0;
  const read = (text: string) => {
    for (const line of text.split('\n')) {
      url ??= /GraphQL: +(http:\/\/\S+)\/graphql/.exec(line)?.[1];
      if (line.includes('"msg":"operation"')) operations += 1;
      if (/unhandled|unexpected|request failed|FATAL|Warning/.test(line)) mistakes.push(line);
    }
  };
  let cutOff = '';
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    const whole = (cutOff + part).lastIndexOf('\n') + 1;
    const text = cutOff + part;
    cutOff = text.slice(whole);
    read(text.slice(0, whole));
  });
  child.stderr!.setEncoding('utf8').on('data', (part: string) => mistakes.push(part));
  const ended = exit.then((code) => {
    throw new Error(`It ended with ${code}: ${mistakes.join('')}`);
  });
  ended.catch(() => {});
  const listening = async () => {
    await expect.poll(() => url, { timeout: 60_000 }).toBeDefined();
  };
  await Promise.race([listening(), ended]);
  const tell = async (what: 'watch' | 'end'): Promise<{ longestMs: number }> => {
    const answer = once(child, 'message');
    child.send(what);
    const [message] = await Promise.race([answer, ended]);
    return message;
  };
  return {
    url: url!,
    exit,
    mistakes,
    operations: () => operations,
    signal: (name) => void child.kill(name),
    residentBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)![1]) * 1024;
    },
    longestStallMs: async (during) => {
      await tell('watch');
      await during();
      return (await tell('end')).longestMs;
    },
  };
};

/** Reads the values of `/metrics`, by name with labels. */
export const metricsAt = async (url: string): Promise<Map<string, number>> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};
