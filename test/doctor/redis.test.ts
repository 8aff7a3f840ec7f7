import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { checkRedis } from '../../src/doctor/redis.ts';
import { startCluster, startSentinel } from '../support/redis-groups.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const inShort = async (url: string) => {
  const findings = await checkRedis(url);
  expect(JSON.stringify(findings)).not.toMatch(/canary|127\.0\.0\.1/);
  return findings.map(({ check, verdict, words }) => `${verdict} ${check}: ${words}`);
};

const ask = async (url: string, ...command: [string, ...string[]]) => {
  const client = new Redis(url);
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await client.call(...command);
};

const ANSWERS = expect.stringMatching(/^PASS redis: answered in \d+ ms$/);
const WRITES = 'PASS redis writes: it takes writes and scripts';

test.skipIf(!hasRedis)('needs redis-server: a Redis that keeps its data is well', async () => {
  const { url } = await startRedis({ durable: true, password: 'canary' });
  expect(await inShort(url)).toEqual([ANSWERS, WRITES, 'PASS redis data: it keeps its data']);
});

test.skipIf(!hasRedis)('needs redis-server: a Redis that may lose its data is told so', async () => {
  const { url } = await startRedis();
  await ask(url, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  expect(await inShort(url)).toEqual([
    ANSWERS,
    WRITES,
    'WARN redis data: it may lose data: appendonly no, maxmemory-policy allkeys-lru',
  ]);
});

test.skipIf(!hasRedis)(
  'needs redis-server: a user who may not write, or read settings, is told so',
  async () => {
    const { url } = await startRedis({ durable: true });
    await ask(url, 'ACL', 'SETUSER', 'reader', 'on', '>canary-password', '~*', '+@read', '+ping', '+info');
    await ask(
      url,
      'ACL',
      'SETUSER',
      'writer',
      'on',
      '>canary-password',
      '~vpc-endpoint-graph*',
      '+@all',
      '-@admin',
    );
    const asUser = (name: string) => url.replace('//', `//${name}:canary-password@`);
    expect(await inShort(asUser('reader'))).toEqual([
      ANSWERS,
      'FAIL redis writes: it takes no writes (NOPERM)',
      'SKIP redis data: its settings cannot be read (NOPERM)',
    ]);
    expect(await inShort(asUser('writer'))).toEqual([
      ANSWERS,
      WRITES,
      'SKIP redis data: its settings cannot be read (NOPERM)',
    ]);
  },
);

test.skipIf(!hasRedis)('needs redis-server: one that cannot be used is told by its reason', async () => {
  const { url, kill } = await startRedis({ password: 'canary' });
  expect(await inShort(url.replace('canary', 'wrong'))).toEqual([
    expect.stringMatching(/^FAIL redis: .*\(WRONGPASS\)$/),
  ]);
  expect(await inShort(url.replace(':canary@', ''))).toEqual([
    expect.stringMatching(/^FAIL redis: .*\(NOAUTH\)$/),
  ]);
  await kill();
  expect(await inShort(url)).toEqual(['FAIL redis: no connection (ECONNREFUSED)']);
});

test.skipIf(!hasRedis)(
  'needs redis-server: Sentinel and its replica are told apart',
  { timeout: 40_000 },
  async () => {
    const { url, ports } = await startSentinel(onTestFinished);
    expect((await inShort(url)).slice(0, 2)).toEqual([ANSWERS, WRITES]);
    const [, replica] = ports;
    expect((await inShort(`redis://:canary-redis-password@127.0.0.1:${replica}`))[1]).toBe(
      'FAIL redis writes: it takes no writes (READONLY)',
    );
  },
);

test.skipIf(!hasRedis)(
  'needs redis-server: each master of a cluster is asked',
  { timeout: 40_000 },
  async () => {
    const { url, ports, kill } = await startCluster(onTestFinished);
    expect((await inShort(url)).slice(0, 2)).toEqual([ANSWERS, WRITES]);
    await ask(`redis://127.0.0.1:${ports[2]}`, 'CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru');
    expect((await inShort(url))[2]).toMatch(/^WARN redis data: .*maxmemory-policy volatile-lru/);
    await Promise.all(ports.map(kill));
    expect(await inShort(url)).toEqual(['FAIL redis: no connection (ClusterAllFailedError)']);
  },
);
