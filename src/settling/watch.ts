import { passes } from './pace.ts';
import { createQueue } from './queue.ts';

/** What was found of one thing: the thing, nothing, or why it cannot be told. */
export type Found<Item> = Item | Error | null;

/** What a subscriber is told: the state of one thing, or why nothing more will come. */
export type Sighting<Item> = { id: string; item: Item | null } | { error: unknown };

/** What a subscriber waits for. */
export interface Wanted<Item> {
  ids: readonly string[];
  /** What of a thing is worth an event when it changes. */
  stateOf: (item: Item) => string;
  isSettled: (item: Item) => boolean;
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
  /** Tells what is new in a look, and ends when all is settled. Gives whether there was news. */
  take: (found: ReadonlyMap<string, Found<Item>>) => boolean;
  /** Tells why it goes on no longer. */
  fail: (error: unknown) => void;
  /** Tells no more. */
  leave: () => void;
  /** How many of its things are not known to be settled. */
  unsettled: () => number;
  events: AsyncGenerator<Sighting<Item>, void, undefined>;
}

/** A subscriber that joins when it is first read from, and leaves once. */
export const createWatch = <Item>(
  { ids, stateOf, isSettled }: Wanted<Item>,
  join: () => void,
  leave: () => void,
): Watch<Item> => {
  const told = new Map<string, string | null>();
  const settled = new Set<string>();
  const queue = createQueue<Sighting<Item>>(join, leave);

  const see = (id: string, item: Item | null): boolean => {
    if (item === null || isSettled(item)) settled.add(id);
    else settled.delete(id);
    const state = item && stateOf(item);
    if (told.get(id) === state) return false;
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
    take: (found) => {
      let news = false;
      let failure: Error | undefined;
      for (const id of ids) {
        const one = found.get(id);
        if (!(one instanceof Error)) news = see(id, one ?? null) || news;
        else if (passes(one)) settled.delete(id);
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
