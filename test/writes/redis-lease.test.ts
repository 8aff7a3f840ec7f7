import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { CallerGone } from '../../src/http/errors.ts';
import { HangUp } from '../../src/http/abort-signal.ts';
import { createKeyedTurns, type KeyedTurns, type Turn } from '../../src/writes/keyed-mutex.ts';
import { connectRedis } from '../../src/cache/redis.ts';
import { createLeasedTurns } from '../../src/writes/redis-lease.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';

const LATE = new Error('too late');
const LOST = new Error('lost');
const NO_TURN = { late: () => LATE, full: () => new Error('full'), lost: () => LOST };
const WRITE_MS = 500;

/** Of all tests here: one that just began gives no turns for a while. */
const shared = hasRedis ? await startRedis({ whenOver: afterAll }) : undefined;

/** One replica: turns of its own, and a connection of its own. */
const replica = async ({ url }: Pick<RedisServer, 'url'>, writeMs = WRITE_MS) => {
  const redis = connectRedis(url, { warn: () => {} });
  onTestFinished(() => redis.client.disconnect());
  await expect.poll(() => redis.client.status).toBe('ready');
  const turns = createLeasedTurns(createKeyedTurns(), redis, writeMs);
  return { turns, redis };
};

const take = <T>(
  turns: KeyedTurns,
  work: (turn: Turn) => Promise<T>,
  { key, caller = 'me', ms = 20_000, signal }: { key: string; caller?: string; ms?: number; signal?: HangUp },
) => turns.run(key, { caller, ms, signal }, NO_TURN, work);

/** Takes a turn and keeps it until it is let go. */
const hold = async (turns: KeyedTurns, key: string) => {
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: has, resolve } = Promise.withResolvers<Turn>();
  const ended = take(
    turns,
    async (turn) => {
      resolve(turn);
      await promise;
    },
    { key },
  );
  return { turn: await has, letGo, ended };
};

/** A process that does not run at all for so long. */
const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

let keys = 0;
const newKey = () => `key ${(keys += 1)}`;

describe.skipIf(!hasRedis)('with one Redis (skipped where there is no redis-server)', () => {
  const two = async () => [await replica(shared!), await replica(shared!)] as const;

  test('what has the same key runs one after the other on all replicas', async () => {
    const replicas = await two();
    const key = newKey();
    let running = 0;
    const runs = Array.from({ length: 12 }, (_, at) =>
      take(
        replicas[at % 2]!.turns,
        async () => {
          running += 1;
          expect(running).toBe(1);
          await wait(5);
          running -= 1;
          return at;
        },
        { key },
      ),
    );
    expect(await Promise.all(runs)).toHaveLength(12);
  });

  test('other keys do not wait', async () => {
    const [one, other] = await two();
    const held = await hold(one.turns, newKey());
    expect(await take(other.turns, async () => 'ran', { key: newKey() })).toBe('ran');
    held.letGo();
    await held.ended;
  });

  test('a replica with many changes does not make another one wait for all of them', async () => {
    const [greedy, modest] = await two();
    const key = newKey();
    const order: string[] = [];
    const work = (name: string) => async () => void order.push(name);
    const held = await hold(greedy.turns, key);
    const many = Array.from({ length: 20 }, () => take(greedy.turns, work('many'), { key }));
    const one = take(modest.turns, work('one'), { key });
    // Both replicas stand in the queue.
    await wait(200);
    held.letGo();
    await Promise.all([...many, one]);
    expect(order.indexOf('one')).toBeLessThanOrEqual(2);
  });

  test('a replica that dies loses its turn within seconds', async () => {
    const [dead, other] = await two();
    const key = newKey();
    await hold(dead.turns, key);
    const began = performance.now();
    dead.redis.client.disconnect();
    expect(await take(other.turns, async () => 'ran', { key })).toBe('ran');
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  test('a turn lasts as long as its work, though that is longer than a lease', async () => {
    const [one, other] = await two();
    const key = newKey();
    const held = await hold(one.turns, key);
    let isFree = false;
    const next = take(other.turns, async () => (isFree = true), { key });
    await wait(4_500);
    expect(isFree).toBe(false);
    await expect(held.turn.forWrite()).resolves.toBeTypeOf('function');
    held.letGo();
    expect(await next).toBe(true);
  });

  test('a replica that stands in the queue and dies does not hold up the others', async () => {
    const [one, dead] = await two();
    const third = await replica(shared!);
    const key = newKey();
    const held = await hold(one.turns, key);
    void take(dead.turns, async () => {}, { key, ms: 10_000 }).catch(() => {});
    await wait(100);
    dead.redis.client.disconnect();
    const next = take(third.turns, async () => 'ran', { key });
    held.letGo();
    expect(await next).toBe('ran');
  });

  test('one who was paused for longer than its lease does not write', async () => {
    const [paused, other] = await two();
    const key = newKey();
    const held = await hold(paused.turns, key);
    // Nothing of the first one is renewed meanwhile.
    paused.redis.client.disconnect();
    await take(other.turns, async () => {}, { key });
    void paused.redis.client.connect().catch(() => {});
    await expect.poll(() => paused.redis.client.status).toBe('ready');
    await expect(held.turn.forWrite()).rejects.toBe(LOST);
  });

  test('one who is paused between the question and the write does not write', async () => {
    const [{ turns }] = await two();
    const held = await hold(turns, newKey());
    const fence = await held.turn.forWrite();
    expect(fence).not.toThrow();
    pause(1_100);
    expect(fence).toThrow(LOST);
    const again = await held.turn.forWrite();
    expect(again).not.toThrow();
    held.letGo();
  });

  test('a turn lasts as long as a write that began in it, though its replica died', async () => {
    const writeMs = 4_000;
    const [dead, other] = [await replica(shared!, writeMs), await replica(shared!, writeMs)];
    const key = newKey();
    const { turn } = await hold(dead.turns, key);
    const began = performance.now();
    await turn.forWrite();
    dead.redis.client.disconnect();
    await take(other.turns, async () => {}, { key });
    expect(performance.now() - began).toBeGreaterThan(writeMs);
  });

  test('where the turn does not come in time nothing runs, and the place in the queue is free', async () => {
    const [one, other] = await two();
    const key = newKey();
    const held = await hold(one.turns, key);
    let ran = false;
    const late = take(other.turns, async () => (ran = true), { key, ms: 100 });
    await expect(late).rejects.toBe(LATE);
    const signal = new HangUp();
    const gone = take(other.turns, async () => (ran = true), { key, signal });
    await wait(100);
    signal.abort();
    await expect(gone).rejects.toBeInstanceOf(CallerGone);
    expect(ran).toBe(false);
    held.letGo();
    expect(await take(other.turns, async () => 'ran', { key })).toBe('ran');
    expect(other.turns.state()).toEqual({ running: 0, waiting: 0 });
  });

  test('a turn that was lost is not given back for the one who has it now', async () => {
    const [one, other] = await two();
    const third = await replica(shared!);
    const key = newKey();
    const held = await hold(one.turns, key);
    one.redis.client.disconnect();
    const now = await hold(other.turns, key);
    void one.redis.client.connect().catch(() => {});
    await expect.poll(() => one.redis.client.status).toBe('ready');
    held.letGo();
    await held.ended;
    let isFree = false;
    const next = take(third.turns, async () => (isFree = true), { key });
    await wait(300);
    expect(isFree).toBe(false);
    now.letGo();
    expect(await next).toBe(true);
  });

  test('Redis holds digests of what the turns are for', async () => {
    const [{ turns }] = await two();
    const held = await hold(turns, 'secret name');
    const names = Object.keys(await shared!.content());
    expect(names.some((name) => name.startsWith('vpc-endpoint-graph:turn:'))).toBe(true);
    expect(names.join(' ')).not.toContain('secret');
    held.letGo();
    await held.ended;
  });
});

describe.skipIf(!hasRedis)('where Redis dies (skipped where there is no redis-server)', () => {
  test('one who has the turn does not write, nor does one who waits', async () => {
    const redis = await startRedis();
    const { turns } = await replica(redis);
    const held = await hold(turns, 'k');
    await redis.kill();
    await expect(held.turn.forWrite()).rejects.toBe(LOST);
    held.letGo();
    let ran = false;
    await expect(take(turns, async () => (ran = true), { key: 'k' })).rejects.toBe(LOST);
    expect(ran).toBe(false);
  });

  test('one that comes back without what it held gives no turn while one of before can last', async () => {
    const redis = await startRedis();
    const [one, other] = [await replica(redis), await replica(redis)];
    const held = await hold(one.turns, 'k');
    await held.turn.forWrite();
    const began = performance.now();
    await redis.kill();
    await redis.start();
    await expect.poll(() => other.redis.client.status, { timeout: 10_000 }).toBe('ready');
    await take(other.turns, async () => {}, { key: 'k' });
    expect(performance.now() - began).toBeGreaterThan(3_000);
    await expect(held.turn.forWrite()).rejects.toBe(LOST);
    held.letGo();
  });

  test('one that comes back with what it held leaves the turn where it was', async () => {
    const redis = await startRedis({ durable: true });
    const [one, other] = [await replica(redis), await replica(redis)];
    const held = await hold(one.turns, 'k');
    await redis.kill();
    await redis.start();
    for (const { redis: connection } of [one, other])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect.poll(() => connection.client.status, { timeout: 10_000 }).toBe('ready');
    await expect(held.turn.forWrite()).resolves.toBeTypeOf('function');
    held.letGo();
    expect(await take(other.turns, async () => 'ran', { key: 'k' })).toBe('ran');
  });
});
