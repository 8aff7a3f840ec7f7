import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createMemoryBudget } from '../../src/capacity/memory-budget.ts';
import { connectRedis } from '../../src/cache/redis.ts';
import { redisStore } from '../../src/cache/store.ts';
import { createRateLimit } from '../../src/guards/rate-limit.ts';
import { createKeyedMutex } from '../../src/writes/keyed-mutex.ts';
import { createRedisIdempotency } from '../../src/writes/redis-idempotency.ts';
import { createReplicatedMutex } from '../../src/writes/redis-lease.ts';
import { hasRedis } from '../support/redis.ts';
import { startCluster, startSentinel } from '../support/redis-groups.ts';
import { gateway } from '../support/gateway.ts';
import { ASK_NAME } from '../support/sample-operations.ts';

const NO_LOCK = {
  late: () => new Error('late'),
  full: () => new Error('full'),
  lost: () => new Error('lost'),
};

/** One replica of the gateway: everything of it that uses Redis. */
const replica = async (url: string) => {
  const redis = connectRedis(url, { warn: () => {} });
  onTestFinished(() => redis.client.disconnect());
  await expect.poll(() => redis.client.status, { timeout: 10_000 }).toBe('ready');
  const memory = createMemoryBudget(1_000_000);
  return {
    redis,
    store: redisStore(redis),
    mutex: createReplicatedMutex(createKeyedMutex(), redis, 500),
    keys: createRedisIdempotency(redis, []),
    rateLimit: createRateLimit({ operations: 3, namespace: 'test', memory, redis }),
  };
};

const GROUPS = [
  { what: 'behind Sentinel', start: startSentinel },
  { what: 'in a cluster', start: startCluster },
];

describe.skipIf(!hasRedis).each(GROUPS)(
  'Redis $what (skipped where there is no redis-server)',
  ({ start }) => {
    const ends: (() => Promise<void>)[] = [];
    afterAll(async () => {
      await Promise.all(ends.map((end) => end()));
    });
    let starting: ReturnType<typeof start> | undefined;
    const started = () => (starting ??= start((end) => ends.push(end)));

    test('keeps answers, with all of a caller in one place', async () => {
      const { url } = await started();
      const [one, two] = [await replica(url), await replica(url)];
      const callers = Array.from({ length: 20 }, (_, i) => `answers:{caller ${i}}`);
      for (const name of callers) {
        /* oxlint-disable no-await-in-loop -- one after the other */
        expect(await one.store.set(name, 'generation', 10_000)).toBe(true);
        expect(await one.store.add(`${name}:a`, 'answer', 10_000)).toBe(true);
        expect(await two.store.add(`${name}:a`, 'another', 10_000)).toBe(false);
        expect(await two.store.get([name, `${name}:a`, `${name}:b`])).toEqual(['generation', 'answer', null]);
        /* oxlint-enable no-await-in-loop */
      }
    });

    test('counts a caller over all replicas', async () => {
      const { url } = await started();
      const [one, two] = [await replica(url), await replica(url)];
      for (const name of Array.from({ length: 10 }, (_, i) => `caller ${i}`)) {
        const refusals = [];
        // oxlint-disable-next-line no-await-in-loop
        for (const { rateLimit } of [one, two, one, two]) refusals.push(await rateLimit.check([name]));
        expect(refusals.map((refusal) => refusal?.status)).toEqual([undefined, undefined, undefined, 429]);
      }
    });

    test('gives the lock of a key to one replica at a time', { timeout: 30_000 }, async () => {
      const { url } = await started();
      const [one, two] = [await replica(url), await replica(url)];
      let inside = 0;
      let most = 0;
      let runs = 0;
      const work = async () => {
        inside += 1;
        runs += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside -= 1;
      };
      const request = { caller: 'me', ms: 20_000, signal: undefined };
      await Promise.all([one, two, one, two].map(({ mutex }) => mutex.run('a key', request, NO_LOCK, work)));
      expect([most, runs]).toEqual([1, 4]);
    });

    test('runs a write with a key once over all replicas', async () => {
      const { url } = await started();
      const [one, two] = [await replica(url), await replica(url)];
      const runs = new Map<string, number>();
      const submit = ({ keys }: typeof one, name: string) =>
        keys.runOnce(name, {
          input: 'input',
          run: async () => {
            runs.set(name, (runs.get(name) ?? 0) + 1);
            return `result of ${name}`;
          },
          mayHaveRun: () => true,
          unknownOutcome: () => 'unknown',
          left: () => 10_000,
          signal: undefined,
        });
      const names = Array.from({ length: 10 }, (_, i) => `write ${i}`);
      const results = await Promise.all(names.flatMap((name) => [submit(one, name), submit(two, name)]));
      expect(results).toEqual(names.flatMap((name) => [`result of ${name}`, `result of ${name}`]));
      expect([...runs.values()]).toEqual(names.map(() => 1));
    });
  },
);

const isUp = async (url: string) =>
  /^gateway_redis_up (\d)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];

const USES_REDIS = { CACHE_TTL_MS: '60000', RATE_LIMIT: '1000' };

test.skipIf(!hasRedis)(
  'needs redis-server: when its master dies, Sentinel names another, and everything goes on with what was there',
  { timeout: 60_000 },
  async () => {
    const { url, kill, ports } = await startSentinel(onTestFinished);
    const { keys, store } = await replica(url);
    const gate = await gateway({ settings: { ...USES_REDIS, REDIS_URL: url } });
    await expect.poll(() => isUp(gate.url)).toBe('1');
    const write = {
      input: 'input',
      mayHaveRun: () => true,
      unknownOutcome: () => 'unknown',
      left: () => 10_000,
      signal: undefined,
    };
    expect(await keys.runOnce('before', { ...write, run: async () => 'first' })).toBe('first');
    expect(await store.set('{a}', 'kept', 60_000)).toBe(true);

    await kill(ports[0]!);
    expect(await isUp(gate.url)).toBe('0');
    expect(await gate.ask(ASK_NAME)).toEqual({ data: { cluster: { name: expect.any(String) } } });

    await expect.poll(() => isUp(gate.url), { timeout: 30_000 }).toBe('1');
    await expect.poll(() => store.get(['{a}']), { timeout: 10_000 }).toEqual(['kept']);
    expect(await keys.runOnce('before', { ...write, run: async () => 'second' })).toBe('first');
    expect(await keys.runOnce('after', { ...write, run: async () => 'third' })).toBe('third');
    expect(gate.log.join('\n')).not.toMatch(/canary|127\.0\.0\.1/);
  },
);

test.skipIf(!hasRedis)(
  'needs redis-server: a cluster that lacks a node is not usable, and the gateway goes on without it',
  { timeout: 60_000 },
  async () => {
    const { url, kill, ports } = await startCluster(onTestFinished);
    const gate = await gateway({ settings: { ...USES_REDIS, REDIS_URL: url } });
    await expect.poll(() => isUp(gate.url), { timeout: 10_000 }).toBe('1');
    await kill(ports[0]!);
    await expect.poll(() => isUp(gate.url), { timeout: 20_000 }).toBe('0');
    expect(await gate.ask(ASK_NAME)).toEqual({ data: { cluster: { name: expect.any(String) } } });
  },
);

test('without Redis there is no metric of it', async () => {
  const { url } = await gateway();
  expect(await isUp(url)).toBeUndefined();
});
