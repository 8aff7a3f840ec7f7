import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { freePort } from './free-port.ts';
import { REDIS_PROGRAM } from './redis.ts';

type WhenOver = (end: () => Promise<void>) => unknown;

/** Several processes of Redis that work together. */
interface RedisGroup {
  /** The URL of all of them together. */
  url: string;
  /** Ends the process of this port at once. */
  kill: (port: number) => Promise<void>;
  ports: number[];
}

const PASSWORD = 'canary-redis-password';

/** Starts and ends processes of Redis in one folder. */
const createProcesses = (whenOver: WhenOver) => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-group-'));
  const children = new Map<number, ChildProcess>();
  const kill = async (port: number) => {
    const child = children.get(port);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  whenOver(async () => {
    await Promise.all([...children.keys()].map(kill));
    rmSync(folder, { recursive: true, force: true });
  });
  /** Asks one process, over a connection of its own. */
  const ask = async <T>(
    port: number,
    question: (client: Redis) => Promise<T>,
    password?: string,
  ): Promise<T> => {
    const client = new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      ...(password !== undefined && { password }),
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return await question(client);
    } finally {
      client.disconnect();
    }
  };
  const start = async (options: readonly string[], password?: string, file = ''): Promise<number> => {
    const port = await freePort();
    const config = join(folder, `${port}.conf`);
    writeFileSync(config, `${file}\nport ${port}\nbind 127.0.0.1\ndir ${folder}\n`);
    children.set(port, spawn(REDIS_PROGRAM, [config, ...options], { stdio: 'ignore' }));
    await expect
      .poll(() => ask(port, (client) => client.ping(), password).catch(() => 'not yet'), { timeout: 10_000 })
      .toBe('PONG');
    return port;
  };
  return { start, ask, kill };
};

/** Starts a master with a replica, and a Sentinel that watches them. The first port is that of the master. */
export const startSentinel = async (whenOver: WhenOver): Promise<RedisGroup> => {
  const { start, ask, kill } = createProcesses(whenOver);
  const secret = ['--save', '', '--requirepass', PASSWORD, '--masterauth', PASSWORD];
  const master = await start(secret, PASSWORD);
  const replica = await start([...secret, '--replicaof', '127.0.0.1', String(master)], PASSWORD);
  await expect
    .poll(() => ask(replica, (client) => client.info('replication'), PASSWORD), { timeout: 10_000 })
    .toContain('master_link_status:up');
  const sentinel = await start(
    ['--sentinel'],
    undefined,
    [
      `sentinel monitor mymaster 127.0.0.1 ${master} 1`,
      `sentinel auth-pass mymaster ${PASSWORD}`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 3000',
    ].join('\n'),
  );
  await expect
    .poll(() => ask(sentinel, (client) => client.call('SENTINEL', 'REPLICAS', 'mymaster')), {
      timeout: 20_000,
    })
    .toHaveLength(1);
  return {
    // Nobody is at the first address.
    url: `redis-sentinel://:${PASSWORD}@127.0.0.1:${await freePort()},127.0.0.1:${sentinel}/mymaster`,
    kill,
    ports: [master, replica, sentinel],
  };
};

const SLOTS = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;

/** Starts a cluster of three masters. */
export const startCluster = async (whenOver: WhenOver): Promise<RedisGroup> => {
  const { start, ask, kill } = createProcesses(whenOver);
  const node = async (_: unknown, at: number) => {
    const bus = await freePort();
    const options = ['--save', '', '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
    const files = ['--cluster-config-file', `nodes-${at}.conf`, '--cluster-port', String(bus)];
    return { port: await start([...options, ...files]), bus };
  };
  const nodes = await Promise.all(SLOTS.map(node));
  await Promise.all(
    nodes.map(({ port }, at) =>
      ask(port, (client) => client.call('CLUSTER', 'ADDSLOTSRANGE', ...SLOTS[at]!)),
    ),
  );
  const [first] = nodes;
  for (const { port, bus } of nodes.slice(1))
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await ask(first!.port, (client) => client.call('CLUSTER', 'MEET', '127.0.0.1', port, bus));
  for (const { port } of nodes)
    // oxlint-disable-next-line no-await-in-loop
    await expect
      .poll(() => ask(port, (client) => client.cluster('INFO')), { timeout: 20_000 })
      .toMatch(/cluster_state:ok[^]*cluster_known_nodes:3/);
  const ports = nodes.map(({ port }) => port);
  return { url: `redis-cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`, kill, ports };
};
