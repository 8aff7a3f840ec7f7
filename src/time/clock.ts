/**
 * The monotonic clock, in milliseconds: for every duration. It never jumps; its zero is the start of the process. Nothing else reads
 * `performance.now()`.
 */
export const monotonic = (): number => performance.now();

/**
 * The wall clock, in milliseconds since 1970: only for points in time that the gateway shares with others. It jumps when somebody sets
 * it. Nothing else reads `Date`; `test/repository/clocks.test.ts` lists who may.
 */
export const wallClock = (): number => Date.now();

/** Both clocks, for what needs both. */
export interface Clocks {
  monotonic: () => number;
  wallClock: () => number;
}
