/** The end of what waits for each key. */
const ends = new Map<string, Promise<void>>();

/** How long one waits for its turn, and what it fails with when that does not come. */
interface Patience {
  ms: number;
  over: () => Error;
}

/**
 * Runs what has the same key one after the other, in the order it came, and other things side by side. What has waited too long
 * fails without having run. It knows this process alone: another one can still come between.
 */
export const oneAtATime = async <T>(
  key: string,
  run: () => Promise<T>,
  { ms, over }: Patience,
): Promise<T> => {
  const late = Promise.withResolvers<never>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    late.reject(over());
  }, ms);
  const turn = (ends.get(key) ?? Promise.resolve()).then(() => {
    clearTimeout(timer);
    return isLate ? late.promise : run();
  });
  const forget = () => {
    if (ends.get(key) === end) ends.delete(key);
  };
  const end = turn.then(forget, forget);
  ends.set(key, end);
  return Promise.race([turn, late.promise]);
};
