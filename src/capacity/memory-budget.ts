import { LRUCache } from 'lru-cache';

/** Everything that outlives a request: how much there may be of it, and how much there is. */
export interface Memory {
  /** Keeps things that can be made again, as many as fit into their share of the budget. */
  keep<T extends object | string | boolean>(options: KeepOptions<T>): Kept<T>;
  /** Has something else counted that outlives a request and holds itself to a limit. */
  watch(holding: Holding): void;
  holdings: () => { name: string; unit: Unit; limit: number; held: number }[];
}

/** What a holding is counted in. */
type Unit = 'bytes' | 'entries';

/** Something that outlives a request, with its limit. */
interface Holding {
  name: string;
  unit: Unit;
  limit: number;
  held: () => number;
}

/** What is to be kept, and how much room it takes. */
interface KeepOptions<T> {
  name: string;
  /** Percent of the budget. */
  share: number;
  maxAgeMs: number;
  /** Bytes that a thing really holds, beside its key. */
  sizeOf: (thing: T) => number;
}

/** Things by key; what was not asked for the longest is forgotten first, and everything after its age. */
interface Kept<T> {
  get(key: string): T | undefined;
  set(key: string, thing: T): void;
  delete(key: string): void;
}

/** What the list of entries, their times and their sizes take for each of them. */
const BYTES_OF_AN_ENTRY = 250;
/** V8 stores a character in one byte or in two. */
const BYTES_OF_A_CHARACTER = 2;

/** The bytes of a text in memory. */
export const bytesOfText = (text: string): number => text.length * BYTES_OF_A_CHARACTER;

const WHOLE = 100;

/** Holds nothing yet. Shares that add up to more than the budget are a mistake in the program. */
export const createMemory = (budgetBytes: number): Memory => {
  const watched: Holding[] = [];
  let shared = 0;
  return {
    keep: <T extends object | string | boolean>({
      name,
      share,
      maxAgeMs,
      sizeOf,
    }: KeepOptions<T>): Kept<T> => {
      shared += share;
      if (shared > WHOLE) throw new RangeError(`There is no share left for ${name}.`);
      const limit = Math.floor((budgetBytes * share) / WHOLE);
      const kept = new LRUCache<string, T>({
        maxSize: limit,
        ttl: maxAgeMs,
        sizeCalculation: (thing, key) => BYTES_OF_AN_ENTRY + bytesOfText(key) + Math.ceil(sizeOf(thing)),
      });
      watched.push({ name, unit: 'bytes', limit, held: () => kept.calculatedSize });
      return {
        get: (key) => kept.get(key),
        set: (key, thing) => void kept.set(key, thing),
        delete: (key) => void kept.delete(key),
      };
    },
    watch: (holding) => void watched.push(holding),
    holdings: () => watched.map(({ name, unit, limit, held }) => ({ name, unit, limit, held: held() })),
  };
};
