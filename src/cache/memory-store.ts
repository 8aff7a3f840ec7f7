import { textBytes, type MemoryBudget } from '../capacity/memory-budget.ts';
import type { Store } from './store.ts';
import { monotonic } from '../time/clock.ts';

interface Entry {
  text: string;
  expiresAt: number;
}

/** A store in the memory of this process, bounded to its share of the budget. */
export const createMemoryStore = (
  memory: MemoryBudget,
  maxAgeMs: number,
  now: () => number = monotonic,
): Store => {
  const texts = memory.createCache<Entry>({
    name: 'response_cache',
    share: 15,
    maxAgeMs,
    sizeOf: ({ text }) => textBytes(text),
  });
  const find = (name: string): string | null => {
    const entry = texts.get(name);
    return entry && entry.expiresAt > now() ? entry.text : null;
  };
  const put = (name: string, text: string, ms: number): boolean => {
    texts.set(name, { text, expiresAt: now() + ms });
    return find(name) !== null;
  };

  return {
    get: async (names) => names.map(find),
    set: async (name, text, ms) => put(name, text, ms),
    add: async (name, text, ms) => find(name) === null && put(name, text, ms),
  };
};
