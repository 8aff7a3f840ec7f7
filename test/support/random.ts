/** A seeded random number generator: the same seed gives the same choices in the same order. */
export interface Random {
  /** From 0 up to, not including, 1. */
  share(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** Whether something of this probability happens. */
  happens(probability: number): boolean;
  one<Item>(items: readonly Item[]): Item;
}

/** Creates a random number generator (mulberry32). */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(share() * (most - least + 1));
  return {
    share,
    between,
    happens: (probability) => share() < probability,
    one: (items) => items[between(0, items.length - 1)]!,
  };
};

/** Runs tasks, so many of them at once, each begun in order. */
export const runAtOnce = async (
  width: number,
  count: number,
  run: (number: number) => Promise<void>,
): Promise<void> => {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      // oxlint-disable-next-line no-await-in-loop -- a worker does one thing after the other
      await run(next);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
};
