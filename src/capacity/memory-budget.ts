import { LRUCache } from 'lru-cache';

/** The memory for data that outlives a request: limits and usage. */
export interface MemoryBudget {
  /** A cache that is bounded to a share of the budget, for values that can be made again. */
  createCache<T extends object | string | boolean>(options: CacheOptions<T>): BoundedCache<T>;
  /** Adds the usage of data outside the caches that enforces its own limit. */
  register(holding: Usage): void;
  usage: () => { name: string; unit: Unit; limit: number; held: number }[];
}

type Unit = 'bytes' | 'entries';

/** Usage and limit of data that outlives a request. */
interface Usage {
  name: string;
  unit: Unit;
  limit: number;
  held: () => number;
}

interface CacheOptions<T> {
  name: string;
  /** Percent of the budget. */
  share: number;
  maxAgeMs: number;
  /** Bytes that a value takes in memory, without its key. */
  sizeOf: (thing: T) => number;
}

/** Values by key. The least recently used are evicted first, and every value when it is `maxAgeMs` old. */
interface BoundedCache<T> {
  get(key: string): T | undefined;
  set(key: string, thing: T): void;
  delete(key: string): void;
}

/** Overhead of the cache for an entry: links of its list, times, size. */
const ENTRY_BYTES = 250;
/** The most that V8 takes for a character: it stores text with one byte or two for each. */
const CHARACTER_BYTES = 2;

/** Bytes of a text in memory, at most. */
export const textBytes = (text: string): number => text.length * CHARACTER_BYTES;

const FULL_PERCENT = 100;

/** An empty budget of `budgetBytes`. Throws a RangeError if the shares of its caches exceed 100 percent. */
export const createMemoryBudget = (budgetBytes: number): MemoryBudget => {
  const usages: Usage[] = [];
  let shared = 0;
  return {
    createCache: <T extends object | string | boolean>({
      name,
      share,
      maxAgeMs,
      sizeOf,
    }: CacheOptions<T>): BoundedCache<T> => {
      shared += share;
      if (shared > FULL_PERCENT) throw new RangeError(`There is no share left for ${name}.`);
      const limit = Math.floor((budgetBytes * share) / FULL_PERCENT);
      const cache = new LRUCache<string, T>({
        maxSize: limit,
        ttl: maxAgeMs,
        sizeCalculation: (thing, key) => ENTRY_BYTES + textBytes(key) + Math.ceil(sizeOf(thing)),
      });
      usages.push({ name, unit: 'bytes', limit, held: () => cache.calculatedSize });
      return {
        get: (key) => cache.get(key),
        set: (key, thing) => void cache.set(key, thing),
        delete: (key) => void cache.delete(key),
      };
    },
    register: (holding) => void usages.push(holding),
    usage: () => usages.map(({ name, unit, limit, held }) => ({ name, unit, limit, held: held() })),
  };
};
