import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';

const PROGRAM = '/usr/bin/redis-server';

/** Whether this machine has `redis-server`. */
export const hasRedis = existsSync(PROGRAM);

/** A Redis of its own, with nothing in it. */
export interface RedisServer {
  url: string;
  /** Everything that is in it, by its names; a text or a number each. */
  content: () => Promise<Record<string, string>>;
  start: () => Promise<void>;
  /** Ends it at once; what it held is gone. */
  kill: () => Promise<void>;
  /** Has it answer no more, without ending a connection. */
  freeze: () => void;
  thaw: () => void;
}

/** Asks it with a connection that ends with the question. */
const asked = async <T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true });
  client.on('error', () => {});
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.disconnect();
  }
};

const contentOf = (url: string) =>
  asked(url, async (client) => {
    const names = await client.keys('*');
    const texts = names.length > 0 ? await client.mget(...names) : [];
    return Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']));
  });

/** How a Redis is started. */
interface RedisOptions {
  password?: string;
  /** Whether it has all that it held when it comes back after it was killed. */
  durable?: boolean;
  /** When it ends: with the test, unless told otherwise. */
  whenOver?: (end: () => Promise<void>) => void;
}

/** Starts a Redis on a free port of loopback. */
export const startRedis = async ({
  password = '',
  durable = false,
  whenOver = onTestFinished,
}: RedisOptions = {}): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const url = `redis://${password && `:${password}@`}127.0.0.1:${port}`;
  const basics = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const settings = [...basics, ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [])];
  let child: ChildProcess | undefined;

  const start = async () => {
    child = spawn(PROGRAM, [...settings, ...(password ? ['--requirepass', password] : [])], {
      stdio: 'ignore',
    });
    const end = performance.now() + 10_000;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- until it answers
      const answer = await asked(url, (client) => client.ping()).catch(() => 'not yet');
      if (answer === 'PONG') return;
      if (performance.now() > end) throw new Error('redis-server does not answer');
      await wait(20); // oxlint-disable-line no-await-in-loop
    }
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  whenOver(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });
  await start();
  return {
    url,
    content: () => contentOf(url),
    start,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
};
