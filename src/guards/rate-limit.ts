import { hash } from 'node:crypto';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { HttpRefusal } from '../errors/http-refusal.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { Redis } from '../cache/redis.ts';

/** Holds each tenant to so many operations a minute. */
export interface RateLimit {
  /** Counts one operation for each of these names; why it is not taken, where it is one too many for any of them. */
  check(names: readonly string[]): Promise<HttpRefusal | null>;
}

/** How much, and where it is counted: without Redis in this process alone. */
interface RateLimitOptions {
  operations: number;
  namespace: string;
  memory: MemoryBudget;
  redis: Redis | undefined;
}

const MINUTE_S = 60;

/** Milliseconds until the next operation is taken; 0 where this one is. */
const waitOf = async (counted: Promise<RateLimiterRes>): Promise<number> => {
  try {
    await counted;
    return 0;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(refused.msBeforeNext, 1);
    throw refused;
  }
};

/**
 * Counts in this process, for as many tenants as there is room for: the one that asks most is the last to be forgotten. It gives
 * the milliseconds until the next operation is taken; 0 where this one is.
 */
const createOwnCounter = (memory: MemoryBudget, operations: number) => {
  const minutes = memory.createCache<{ count: number; end: number }>({
    name: 'rate_limit_counters',
    share: 3,
    maxAgeMs: MINUTE_S * 1000,
    sizeOf: () => 50,
  });
  return (who: string): number => {
    const now = performance.now();
    const known = minutes.get(who);
    if (!known || known.end <= now) {
      minutes.set(who, { count: 1, end: now + MINUTE_S * 1000 });
      return 0;
    }
    known.count += 1;
    return known.count <= operations ? 0 : Math.max(1, known.end - now);
  };
};

/** Counts together with all replicas, and by itself while Redis is away. */
export const createRateLimit = ({ operations, namespace, memory, redis }: RateLimitOptions): RateLimit => {
  const rule = { points: operations, duration: MINUTE_S, keyPrefix: `${namespace}:rate` };
  const own = createOwnCounter(memory, operations);
  const shared = redis && new RateLimiterRedis({ ...rule, storeClient: redis.client });
  const waitFor = async (who: string): Promise<number> => {
    const together = shared && (await redis.tryRun(() => waitOf(shared.consume(who))));
    return together ?? own(who);
  };
  return {
    check: async (names) => {
      const waits = await Promise.all(names.map((name) => waitFor(hash('sha256', name, 'base64url'))));
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
