import { isRetryable } from './poll-interval.ts';
import { createEventQueue } from './event-queue.ts';

/** What was found of one thing: the thing, nothing, or why it cannot be told. */
export type Found<Item> = Item | Error | null;

/** What a subscriber is told: the state of one thing, or why nothing more will come. */
export type PollEvent<Item> = { id: string; item: Item | null } | { error: unknown };

/** What a subscriber waits for. */
export interface WatchOptions<Item> {
  ids: readonly string[];
  /** What of a thing is worth an event when it changes. */
  stateOf: (item: Item) => string;
  /** Null is a thing that is not there. */
  isSettled: (item: Item | null) => boolean;
  /** What is waited for is that a thing is not there any more. */
  isRemoval: boolean;
  /** The longest wait between two looks, in first waits. */
  longestWaits: number;
}

/** The time of a subscription was over first. */
export class StillUnsettled extends Error {
  override readonly name = 'StillUnsettled';
  readonly unsettled: number;
  constructor(unsettled: number) {
    super(`${unsettled} unsettled`);
    this.unsettled = unsettled;
  }
}

/** One subscriber. */
export interface Watch<Item> {
  ids: readonly string[];
  /** Tells what is new in a look that began then, and ends when all is settled. Gives whether there was news. */
  update: (found: ReadonlyMap<string, Found<Item>>, began: number) => boolean;
  /** Tells why it goes on no longer. */
  fail: (error: unknown) => void;
  /** Tells no more. */
  leave: () => void;
  /** How many of its things are not known to be settled. */
  unsettled: () => number;
  events: AsyncGenerator<PollEvent<Item>, void, undefined>;
}

/** A subscriber that joins when it is first read from, and leaves once. */
export const createWatch = <Item>(
  { ids, stateOf, isSettled, isRemoval }: WatchOptions<Item>,
  lagMs: number,
  join: () => void,
  leave: () => void,
): Watch<Item> => {
  const told = new Map<string, string | null>();
  /** Those that were seen in another state than at first: what they are in now was not there before. */
  const changed = new Set<string>();
  const settled = new Set<string>();
  let lagEnds = Infinity;
  const begin = () => {
    lagEnds = performance.now() + lagMs;
    join();
  };
  const queue = createEventQueue<PollEvent<Item>>(begin, leave);

  const see = (id: string, item: Item | null, isCurrent: boolean): boolean => {
    const state = item && stateOf(item);
    const before = told.get(id);
    if (before !== undefined && before !== state) changed.add(id);
    const isNow = isCurrent || changed.has(id) || (item === null && isRemoval);
    if (isNow && isSettled(item)) settled.add(id);
    else settled.delete(id);
    // What was just created may be missing at first.
    if (before === state || (item === null && !isNow)) return false;
    told.set(id, state);
    queue.push({ id, item }, id);
    return true;
  };

  const fail = (error: unknown) => {
    queue.push({ error });
    queue.end();
  };

  return {
    ids,
    update: (found, began) => {
      let news = false;
      let failure: Error | undefined;
      for (const id of ids) {
        const one = found.get(id);
        if (!(one instanceof Error)) news = see(id, one ?? null, began >= lagEnds) || news;
        else if (isRetryable(one)) settled.delete(id);
        else failure = one;
      }
      if (failure) fail(failure);
      else if (settled.size === ids.length) queue.end();
      return news;
    },
    fail,
    leave: queue.end,
    unsettled: () => ids.length - settled.size,
    events: queue.events,
  };
};
