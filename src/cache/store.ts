import type { Redis } from './redis.ts';

/** Texts that are kept for a while, by their names. What cannot be kept or found is done without: no call fails. */
export interface Store {
  /** The texts of these names, null where there is none; undefined where the store cannot be asked. */
  get(names: readonly string[]): Promise<(string | null)[] | undefined>;
  /** Puts a text in the place of another, and tells whether it is there now. */
  set(name: string, text: string, ms: number): Promise<boolean>;
  /** Puts a text where there was none, and tells whether it is there now. */
  add(name: string, text: string, ms: number): Promise<boolean>;
}

/** The store that all replicas have in common. */
export const redisStore = (redis: Redis): Store => ({
  get: (names) => redis.tryRun((client) => client.mget(...names)),
  set: async (name, text, ms) => (await redis.tryRun((client) => client.set(name, text, 'PX', ms))) === 'OK',
  add: async (name, text, ms) =>
    (await redis.tryRun((client) => client.set(name, text, 'PX', ms, 'NX'))) === 'OK',
});
