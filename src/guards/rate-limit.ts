import { hash } from 'node:crypto';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { Redis } from '../cache/redis.ts';
import { monotonic } from '../time/clock.ts';

/** Limits the operations of each tenant per minute. */
export interface RateLimit {
  /** Counts one operation for each name; a refusal if any of them has exceeded the limit. */
  check(names: readonly string[]): Promise<HttpRefusal | null>;
}

interface RateLimitOptions {
  operations: number;
  namespace: string;
  memory: MemoryBudget;
  redis: Redis | undefined;
}

const MINUTE_S = 60;

/** Milliseconds until the next operation is allowed; 0 if this one is. */
const readWait = async (counted: Promise<RateLimiterRes>): Promise<number> => {
  try {
    await counted;
    return 0;
  } catch (rejection) {
    if (rejection instanceof RateLimiterRes) return Math.max(rejection.msBeforeNext, 1);
    throw rejection;
  }
};

/**
 * Counts operations in this process, for as many tenants as fit into memory; the most active tenants are evicted last. Returns
 * milliseconds until the next operation is allowed; 0 if this one is.
 */
const createLocalCounter = (memory: MemoryBudget, operations: number) => {
  const counters = memory.createCache<{ count: number; end: number }>({
    name: 'rate_limit_counters',
    share: 3,
    maxAgeMs: MINUTE_S * 1000,
    sizeOf: () => 50,
  });
  return (name: string): number => {
    const now = monotonic();
    const counter = counters.get(name);
    if (!counter || counter.end <= now) {
      counters.set(name, { count: 1, end: now + MINUTE_S * 1000 });
      return 0;
    }
    counter.count += 1;
    return counter.count <= operations ? 0 : Math.max(1, counter.end - now);
  };
};

/** A rate limit over all replicas with Redis; in this process alone without it, or while it is unreachable. */
export const createRateLimit = ({ operations, namespace, memory, redis }: RateLimitOptions): RateLimit => {
  const rule = { points: operations, duration: MINUTE_S, keyPrefix: `${namespace}:rate` };
  const countLocally = createLocalCounter(memory, operations);
  const shared = redis && new RateLimiterRedis({ ...rule, storeClient: redis.client });
  const countOperation = async (name: string): Promise<number> => {
    const sharedWait = shared && (await redis.tryRun(() => readWait(shared.consume(name))));
    return sharedWait ?? countLocally(name);
  };
  return {
    check: async (names) => {
      const waits = await Promise.all(names.map((name) => countOperation(hash('sha256', name, 'base64url'))));
      const wait = Math.max(...waits);
      if (wait === 0) return null;
      const seconds = Math.ceil(wait / 1000);
      return {
        status: 429,
        code: 'RATE_LIMITED',
        message: `One caller may send ${operations} operations within a minute. Send the request again in ${seconds} s.`,
        headers: { 'retry-after': String(seconds) },
      };
    },
  };
};
