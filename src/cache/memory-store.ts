import { createTextCache } from '../text-cache.ts';
import type { Store } from './store.ts';

interface Kept {
  text: string;
  until: number;
}

/** Keeps so many characters together in this process, and forgets what was not asked for the longest. */
export const createMemoryStore = (
  maxCharacters: number,
  now: () => number = () => performance.now(),
): Store => {
  const kept = createTextCache<Kept>(maxCharacters, ({ text }) => text.length);
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
