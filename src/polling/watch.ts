import { isRetryable } from './poll-interval.ts';
import { createEventQueue } from './event-queue.ts';
import { monotonic } from '../time/clock.ts';

/** The result of reading one item: the item, null if it does not exist, or an error. */
export type Found<Item> = Item | Error | null;

/** An event for a subscriber: the state of one item, or the error that ends the watch. */
export type PollEvent<Item> = { id: string; item: Item | null } | { error: unknown };

/** The items of a watch, and when they are settled. */
export interface WatchOptions<Item> {
  ids: readonly string[];
  /** The part of an item whose changes are events. */
  stateOf: (item: Item) => string;
  /** Whether an item is settled; null if it does not exist. */
  isSettled: (item: Item | null) => boolean;
  /** Whether the watch waits until items no longer exist. */
  isRemoval: boolean;
  /** The longest wait between two polls, as a multiple of the first wait. */
  maxWaitFactor: number;
}

/** The time of a subscription ended before all its items were settled. */
export class StillUnsettled extends Error {
  override readonly name = 'StillUnsettled';
  readonly unsettled: number;
  constructor(unsettled: number) {
    super(`${unsettled} unsettled`);
    this.unsettled = unsettled;
  }
}

/** One subscription. */
export interface Watch<Item> {
  ids: readonly string[];
  /** Sends the changes in a result whose read started at `startedAt`; ends when all items are settled. True if any changed. */
  update: (found: ReadonlyMap<string, Found<Item>>, startedAt: number) => boolean;
  /** Ends the watch with an error event. */
  fail: (error: unknown) => void;
  /** Ends the watch without another event. */
  leave: () => void;
  /** The number of items not known to be settled. */
  unsettled: () => number;
  events: AsyncGenerator<PollEvent<Item>, void, undefined>;
}

/** A watch that calls `join` when its events are first read, and `leave` once when it ends. */
export const createWatch = <Item>(
  { ids, stateOf, isSettled, isRemoval }: WatchOptions<Item>,
  lagMs: number,
  join: () => void,
  leave: () => void,
): Watch<Item> => {
  const sentStates = new Map<string, string | null>();
  /** Ids whose state has changed: their current state is newer than any write before the watch. */
  const changed = new Set<string>();
  const settled = new Set<string>();
  let lagEndsAt = Infinity;
  const start = () => {
    lagEndsAt = monotonic() + lagMs;
    join();
  };
  const queue = createEventQueue<PollEvent<Item>>(start, leave);

  const recordState = (id: string, item: Item | null, isCurrent: boolean): boolean => {
    const state = item && stateOf(item);
    const lastState = sentStates.get(id);
    if (lastState !== undefined && lastState !== state) changed.add(id);
    const isUpToDate = isCurrent || changed.has(id) || (item === null && isRemoval);
    if (isUpToDate && isSettled(item)) settled.add(id);
    else settled.delete(id);
    // A new item may be missing at first, so that its absence is no event yet.
    if (lastState === state || (item === null && !isUpToDate)) return false;
    sentStates.set(id, state);
    queue.push({ id, item }, id);
    return true;
  };

  const fail = (error: unknown) => {
    queue.push({ error });
    queue.end();
  };

  return {
    ids,
    update: (found, startedAt) => {
      let hasChanged = false;
      let failure: Error | undefined;
      for (const id of ids) {
        const result = found.get(id);
        if (!(result instanceof Error))
          hasChanged = recordState(id, result ?? null, startedAt >= lagEndsAt) || hasChanged;
        else if (isRetryable(result)) settled.delete(id);
        else failure = result;
      }
      if (failure) fail(failure);
      else if (settled.size === ids.length) queue.end();
      return hasChanged;
    },
    fail,
    leave: queue.end,
    unsettled: () => ids.length - settled.size,
    events: queue.events,
  };
};
