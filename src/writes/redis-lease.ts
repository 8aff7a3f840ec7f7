import { hash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ClientAborted } from '../http/errors.ts';
import type { KeyedMutex, LockErrors, Lock, LockRequest } from './keyed-mutex.ts';
import type { Redis } from '../cache/redis.ts';

/** How long a turn lasts that is not renewed: after that a replica that died has lost it. */
const LEASE_MS = 3_000;
const RENEWED_EVERY_MS = 1_000;
/** A turn lasts so much longer than the write that begins in it. */
const SPARE_MS = 1_000;
const ASKED_EVERY_MS = 40;
/** A replica that has not asked for so long leaves the queue. */
const GONE_MS = 1_000;

/**
 * Gives the turn to the replica that has waited the longest, once nobody has it. A Redis that just began may have forgotten who has
 * it, so that it gives none while such a turn can last.
 * Keys: the turn, the queue by arrival, the queue by the last question. Arguments: token, lease, patience, least seconds of uptime.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1
end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[3])) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
redis.call('ZADD', KEYS[2], 'NX', now, ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3] * 10)
redis.call('PEXPIRE', KEYS[3], ARGV[3] * 10)
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if redis.call('ZRANGE', KEYS[2], 0, 0)[1] ~= ARGV[1] then return 0 end
local server = redis.pcall('INFO', 'server')
local uptime = type(server) == 'string' and string.match(server, 'uptime_in_seconds:(%d+)')
if uptime and tonumber(uptime) < tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1`;

/** Makes a turn last at least so long, unless it is somebody else's by now. */
const KEEP = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

const GIVE_BACK = `
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/** What Redis knows of one turn, by digests; the braces keep it together in a cluster of Redis. */
const namesOf = (key: string): string[] => {
  const turn = `vpc-endpoint-graph:turn:{${hash('sha256', key, 'base64url')}}`;
  return [turn, `${turn}:queue`, `${turn}:asked`];
};

/** A turn that Redis lends to one replica, for a while that has to be renewed. */
const takeLease = async (
  redis: Redis,
  key: string,
  { ms, signal }: Pick<LockRequest, 'ms' | 'signal'>,
  noTurn: LockErrors,
  writeMs: number,
) => {
  const end = performance.now() + ms;
  const token = randomUUID();
  const names = namesOf(key);
  const leastUptimeS = Math.ceil(Math.max(LEASE_MS, writeMs + SPARE_MS) / 1000) + 1;
  const run = (script: string, ...args: (string | number)[]) =>
    redis.runWithRetry((client) => client.eval(script, names.length, ...names, token, ...args));
  const giveBack = () => run(GIVE_BACK);

  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const answer = await run(TAKE, LEASE_MS, GONE_MS, leastUptimeS);
    const isOver = signal?.aborted || performance.now() >= end;
    if (answer === 1 && !isOver) break;
    if (answer === undefined || isOver) {
      void giveBack();
      if (signal?.aborted) throw new ClientAborted();
      throw isOver ? noTurn.late() : noTurn.lost();
    }
    await wait(ASKED_EVERY_MS); // oxlint-disable-line no-await-in-loop
  }

  const renewal = setInterval(() => void run(KEEP, LEASE_MS), RENEWED_EVERY_MS).unref();
  const turn: Lock = {
    extendForWrite: async () => {
      let asked = 0;
      const kept = await redis.runWithRetry((client) => {
        asked = performance.now();
        return client.eval(KEEP, names.length, ...names, token, writeMs + SPARE_MS);
      });
      if (kept !== 1) throw noTurn.lost();
      return () => {
        if (performance.now() > asked + SPARE_MS) throw noTurn.lost();
      };
    },
  };
  return {
    turn,
    release: () => {
      clearInterval(renewal);
      void giveBack();
    },
  };
};

/**
 * Turns over all replicas: within a process as before, and among processes by a lease in Redis. A replica that dies loses its turn
 * when the lease ends: three seconds, or as long as its write may be on its way. One whose lease may have ended does not write.
 * @param writeMs Milliseconds that one write may take.
 */
export const createReplicatedMutex = (own: KeyedMutex, redis: Redis, writeMs: number): KeyedMutex => ({
  ...own,
  run: (key, waiter, noTurn, work) => {
    const end = performance.now() + waiter.ms;
    return own.run(key, waiter, noTurn, async () => {
      const rest = { ms: end - performance.now(), signal: waiter.signal };
      const { turn, release } = await takeLease(redis, key, rest, noTurn, writeMs);
      try {
        return await work(turn);
      } finally {
        release();
      }
    });
  },
});
