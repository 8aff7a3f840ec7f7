import { hash, randomUUID } from 'node:crypto';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { Store } from './store.ts';
import { monotonic } from '../time/clock.ts';

/** The entry of one query of one caller. */
interface CacheEntry {
  /** The cached answer; undefined on a miss. */
  cached?: string;
  /** Stores an answer, unless the caller has sent a write since the lookup. */
  store(answer: string): Promise<void>;
}

/** Cached answers, separate for each caller. */
export interface ResponseCache {
  /** Looks up the entry of a caller, given as a digest, for a key that holds everything the answer depends on. */
  lookUp(caller: string, key: unknown): Promise<CacheEntry>;
  /** Invalidates all answers of a caller, also those that are not finished; false if the store could not be reached. */
  invalidate(caller: string): Promise<boolean>;
}

const MAX_ANSWER_LENGTH = 1_000_000;
/** How long a generation lasts beyond the answers in it: longer than any operation. */
export const GENERATION_MS = 600_000;
const MAX_PENDING_INVALIDATIONS = 1_000;
const NO_ENTRY: CacheEntry = { store: async () => {} };

/**
 * A cache of answers in a store. Each answer belongs to a generation of its caller, and a write starts a new generation: answers that
 * were read before it are invalid on all replicas, even if they are stored after it. Generations are random ids, so that an expired
 * one is never used again.
 */
export const createResponseCache = (
  store: Store,
  namespace: string,
  ttlMs: number,
  memory: MemoryBudget,
  now: () => number = monotonic,
): ResponseCache => {
  /** Callers whose writes could not be recorded, because the store was unreachable. */
  const pendingInvalidations = new Set<string>();
  memory.register({
    name: 'owed_invalidations',
    unit: 'entries',
    limit: MAX_PENDING_INVALIDATIONS,
    held: () => pendingInvalidations.size,
  });
  let disabledUntil = 0;

  // The braces put all keys of a caller into one slot of a Redis cluster.
  const generationName = (caller: string) => `${namespace}:answers:{${caller}}`;
  const answerName = (caller: string, key: unknown) =>
    `${generationName(caller)}:${hash('sha256', JSON.stringify(key), 'base64url')}`;
  const generationMs = ttlMs + GENERATION_MS;

  const deferInvalidation = (caller: string): void => {
    pendingInvalidations.add(caller);
    if (pendingInvalidations.size <= MAX_PENDING_INVALIDATIONS) return;
    // Too many to remember: the cache is disabled until all its answers have expired.
    pendingInvalidations.clear();
    disabledUntil = now() + generationMs;
  };

  const invalidate: ResponseCache['invalidate'] = async (caller) => {
    const stored = await store.set(generationName(caller), randomUUID(), generationMs);
    if (stored) pendingInvalidations.delete(caller);
    else deferInvalidation(caller);
    return stored;
  };

  return {
    invalidate,
    lookUp: async (caller, key) => {
      if (now() < disabledUntil || (pendingInvalidations.has(caller) && !(await invalidate(caller))))
        return NO_ENTRY;
      const name = answerName(caller, key);
      const found = await store.get([generationName(caller), name]);
      if (!found) return NO_ENTRY;
      const [generation, entry] = found;
      const beginGeneration = async () => {
        const first = randomUUID();
        return (await store.add(generationName(caller), first, generationMs)) ? `${first} ` : null;
      };
      const put = async (answer: string) => {
        if (answer.length > MAX_ANSWER_LENGTH) return;
        const prefix = generation ? `${generation} ` : await beginGeneration();
        if (prefix !== null) await store.set(name, prefix + answer, ttlMs);
      };
      const isCurrent = generation && entry?.startsWith(`${generation} `);
      return isCurrent ? { cached: entry!.slice(generation.length + 1), store: put } : { store: put };
    },
  };
};
