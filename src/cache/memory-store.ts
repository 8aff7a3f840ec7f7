import type { Store } from './store.ts';

interface Kept {
  text: string;
  until: number;
}

/** What an entry takes beside its texts. */
const OF_AN_ENTRY = 200;

/** Keeps so many characters together in this process, and forgets what was not asked for the longest. */
export const createMemoryStore = (
  maxCharacters: number,
  now: () => number = () => performance.now(),
): Store => {
  const kept = new Map<string, Kept>();
  let characters = 0;

  const sizeOf = (name: string, text: string) => OF_AN_ENTRY + name.length + text.length;
  const forget = (name: string): void => {
    const one = kept.get(name);
    if (!one) return;
    kept.delete(name);
    characters -= sizeOf(name, one.text);
  };
  const put = (name: string, one: Kept): void => {
    forget(name);
    // A map goes through its entries in the order they were put there.
    kept.set(name, one);
    characters += sizeOf(name, one.text);
    for (const oldest of kept.keys()) {
      if (characters <= maxCharacters) break;
      forget(oldest);
    }
  };
  const find = (name: string): string | null => {
    const one = kept.get(name);
    if (!one) return null;
    forget(name);
    if (one.until <= now()) return null;
    put(name, one);
    return one.text;
  };

  return {
    get: async (names) => names.map(find),
    set: async (name, text, ms) => {
      put(name, { text, until: now() + ms });
      return kept.has(name);
    },
    add: async (name, text, ms) => {
      if (find(name) !== null) return false;
      put(name, { text, until: now() + ms });
      return kept.has(name);
    },
  };
};
