import { bytesOfText, type Memory } from '../capacity/memory-budget.ts';
import type { Store } from './store.ts';

interface Kept {
  text: string;
  until: number;
}

/** Keeps texts in this process, as many as there is room for. */
export const createMemoryStore = (
  memory: Memory,
  maxAgeMs: number,
  now: () => number = () => performance.now(),
): Store => {
  const kept = memory.keep<Kept>({
    name: 'response_cache',
    share: 15,
    maxAgeMs,
    sizeOf: ({ text }) => bytesOfText(text),
  });
  const find = (name: string): string | null => {
    const one = kept.get(name);
    return one && one.until > now() ? one.text : null;
  };
  const put = (name: string, text: string, ms: number): boolean => {
    kept.set(name, { text, until: now() + ms });
    return find(name) !== null;
  };

  return {
    get: async (names) => names.map(find),
    set: async (name, text, ms) => put(name, text, ms),
    add: async (name, text, ms) => find(name) === null && put(name, text, ms),
  };
};
