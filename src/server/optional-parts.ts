import { createMemoryStore } from '../cache/memory-store.ts';
import { redisNamespace } from '../cache/namespace.ts';
import type { Redis } from '../cache/redis.ts';
import { createResponseCache, GENERATION_MS } from '../cache/response-cache.ts';
import { redisStore } from '../cache/store.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../observability/log.ts';
import { createKeyedMutex } from '../writes/keyed-mutex.ts';

// Imported dynamically, so that a gateway loads the packages of these parts only if its settings enable them.

/** Connects to Redis if `REDIS_URL` is set. */
export const connectRedisIfSet = async ({ redisUrl }: Config, log: Log): Promise<Redis | undefined> => {
  if (redisUrl === undefined) return undefined;
  const { connectRedis } = await import('../cache/redis.ts');
  return connectRedis(redisUrl, log);
};

/** The mutex and the idempotency keys of writes: over all replicas if they share a Redis, else in this process. */
export const createWriteGuards = async (redis: Redis | undefined, { client, projects }: Config) => {
  const mutex = createKeyedMutex();
  if (!redis) return { mutex, keys: undefined };
  const { createReplicatedMutex } = await import('../writes/redis-lease.ts');
  const { createRedisIdempotency } = await import('../writes/redis-idempotency.ts');
  return {
    mutex: createReplicatedMutex(mutex, redis, client.answerTimeoutMs),
    keys: createRedisIdempotency(redis, projects),
  };
};

/** The rate limit if `RATE_LIMIT` is set. */
export const createRateLimitIfSet = async (
  config: Config,
  memory: MemoryBudget,
  redis: Redis | undefined,
) => {
  if (config.rateLimit === 0) return undefined;
  const { createRateLimit } = await import('../guards/rate-limit.ts');
  return createRateLimit({ operations: config.rateLimit, namespace: redisNamespace(config), memory, redis });
};

/** The response cache if `CACHE_TTL_MS` is set. */
export const createResponseCacheIfSet = (config: Config, memory: MemoryBudget, redis: Redis | undefined) => {
  if (config.cacheTtlMs === 0) return undefined;
  const store = redis ? redisStore(redis) : createMemoryStore(memory, config.cacheTtlMs + GENERATION_MS);
  return createResponseCache(store, redisNamespace(config), config.cacheTtlMs, memory);
};
