import { hash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ClientAborted } from '../http/errors.ts';
import type { KeyedMutex, LockErrors, Lock, LockRequest } from './keyed-mutex.ts';
import type { Redis } from '../cache/redis.ts';
import { monotonic } from '../time/clock.ts';

/** Duration of a lease that is not renewed: after that time, a replica that died has lost it. */
const LEASE_MS = 3_000;
const RENEW_INTERVAL_MS = 1_000;
/** How much longer a lease lasts than a write that begins under it. */
const MARGIN_MS = 1_000;
const POLL_INTERVAL_MS = 40;
/** A replica that has not asked for this long is removed from the queue. */
const QUEUE_TIMEOUT_MS = 1_000;

/**
 * Acquires the lease for the replica that has waited the longest, if no replica holds it. A Redis that was just started may have lost
 * a lease that is still held, so that it grants none until such a lease would have ended.
 * Keys: the lease, the queue by arrival, the queue by the last request. Arguments: token, duration of the lease, time-out of the
 * queue, minimum uptime in seconds.
 */
const ACQUIRE = `
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

/** Extends a lease to at least a duration, unless another replica holds it now. */
const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

const RELEASE = `
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/** The keys of one lease in Redis, as digests. The braces put them into one slot of a Redis cluster. */
const redisKeys = (key: string): string[] => {
  const leaseKey = `vpc-endpoint-graph:turn:{${hash('sha256', key, 'base64url')}}`;
  return [leaseKey, `${leaseKey}:queue`, `${leaseKey}:asked`];
};

/** Acquires the lease of a key, and renews it until it is released. */
const acquireLease = async (
  redis: Redis,
  key: string,
  { ms, signal }: Pick<LockRequest, 'ms' | 'signal'>,
  errors: LockErrors,
  writeMs: number,
) => {
  const end = monotonic() + ms;
  const token = randomUUID();
  const names = redisKeys(key);
  const minUptimeS = Math.ceil(Math.max(LEASE_MS, writeMs + MARGIN_MS) / 1000) + 1;
  const run = (script: string, ...args: (string | number)[]) =>
    redis.runWithRetry((client) => client.eval(script, names.length, ...names, token, ...args));
  const release = () => run(RELEASE);

  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- requests are sent one after the other
    const answer = await run(ACQUIRE, LEASE_MS, QUEUE_TIMEOUT_MS, minUptimeS);
    const hasEnded = signal?.aborted || monotonic() >= end;
    if (answer === 1 && !hasEnded) break;
    if (answer === undefined || hasEnded) {
      void release();
      if (signal?.aborted) throw new ClientAborted();
      throw hasEnded ? errors.late() : errors.lost();
    }
    await wait(POLL_INTERVAL_MS); // oxlint-disable-line no-await-in-loop
  }

  const renewal = setInterval(() => void run(EXTEND, LEASE_MS), RENEW_INTERVAL_MS).unref();
  const lock: Lock = {
    extendForWrite: async () => {
      let sentAt = 0;
      const extended = await redis.runWithRetry((client) => {
        sentAt = monotonic();
        return client.eval(EXTEND, names.length, ...names, token, writeMs + MARGIN_MS);
      });
      if (extended !== 1) throw errors.lost();
      return () => {
        if (monotonic() > sentAt + MARGIN_MS) throw errors.lost();
      };
    },
  };
  return {
    lock,
    release: () => {
      clearInterval(renewal);
      void release();
    },
  };
};

/**
 * A keyed mutex over all replicas: `own` within the process, and a lease in Redis among processes. A replica that dies loses its lock
 * when the lease ends: after three seconds, or the longest time of its write. A replica whose lease may have ended does not write.
 * @param writeMs The longest time of one write, in milliseconds.
 */
export const createReplicatedMutex = (own: KeyedMutex, redis: Redis, writeMs: number): KeyedMutex => ({
  ...own,
  run: (key, request, errors, work) => {
    const end = monotonic() + request.ms;
    return own.run(key, request, errors, async () => {
      const remaining = { ms: end - monotonic(), signal: request.signal };
      const { lock, release } = await acquireLease(redis, key, remaining, errors, writeMs);
      try {
        return await work(lock);
      } finally {
        release();
      }
    });
  },
});
