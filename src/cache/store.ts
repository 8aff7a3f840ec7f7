import type { Redis } from './redis.ts';

/** Texts by name, each with a lifetime in milliseconds. Methods do not throw; failures are return values. */
export interface Store {
  /** The texts of these names, null for each that is missing; undefined if the store is unreachable. */
  get(names: readonly string[]): Promise<(string | null)[] | undefined>;
  /** Stores a text, replacing an older one; true if it is stored. */
  set(name: string, text: string, ms: number): Promise<boolean>;
  /** Stores a text unless there is one already; true if it is stored. */
  add(name: string, text: string, ms: number): Promise<boolean>;
}

/** A store in Redis, shared by all replicas. */
export const redisStore = (redis: Redis): Store => ({
  get: (names) => redis.tryRun((client) => client.mget(...names)),
  set: async (name, text, ms) => (await redis.tryRun((client) => client.set(name, text, 'PX', ms))) === 'OK',
  add: async (name, text, ms) =>
    (await redis.tryRun((client) => client.set(name, text, 'PX', ms, 'NX'))) === 'OK',
});
