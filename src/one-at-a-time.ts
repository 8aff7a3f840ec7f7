/** The end of what waits for each key. */
const ends = new Map<string, Promise<void>>();

/**
 * Runs what has the same key one after the other, in the order it came, and other things side by side. It knows this process
 * alone: another one can still come between.
 */
export const oneAtATime = async <T>(key: string, run: () => Promise<T>): Promise<T> => {
  const turn = (ends.get(key) ?? Promise.resolve()).then(run);
  const end = turn.then(
    () => undefined,
    () => undefined,
  );
  ends.set(key, end);
  try {
    return await turn;
  } finally {
    if (ends.get(key) === end) ends.delete(key);
  }
};
