/** What was made of texts, for as long as they are asked for again. */
export interface TextCache<T> {
  get(text: string): T | undefined;
  set(text: string, made: T): void;
}

/** What is kept of the shortest text takes as much room as what is made of so many characters. */
const EACH = 200;

/**
 * Keeps what was made of texts with so many characters together, and forgets what was not asked for the longest. A cache that
 * counts entries would hold as many of the largest documents, each of them some megabytes.
 */
export const createTextCache = <T>(
  maxCharacters: number,
  /** How many characters the thing itself counts for, beside those of its text. */
  sizeOfMade: (made: T) => number = () => 0,
): TextCache<T> => {
  const kept = new Map<string, T>();
  let characters = 0;
  const sizeOf = (text: string, made: T): number => EACH + text.length + sizeOfMade(made);
  const forget = (text: string): void => {
    const made = kept.get(text);
    if (made !== undefined && kept.delete(text)) characters -= sizeOf(text, made);
  };
  return {
    get: (text) => {
      const made = kept.get(text);
      if (made === undefined) return undefined;
      // A map goes through its entries in the order they were put there.
      kept.delete(text);
      kept.set(text, made);
      return made;
    },
    set: (text, made) => {
      forget(text);
      if (sizeOf(text, made) > maxCharacters) return;
      kept.set(text, made);
      characters += sizeOf(text, made);
      for (const oldest of kept.keys()) {
        if (characters <= maxCharacters) break;
        forget(oldest);
      }
    },
  };
};
