import { setTimeout as wait } from 'node:timers/promises';
import { retryAfterMs, type PollInterval, nextWaitMs } from './poll-interval.ts';
import type { Found, Watch } from './watch.ts';

/** Looks at things, all anew; what it leaves out is not there. */
export type ReadAll<Item> = (
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Found<Item>>>;

/** Looks at things again and again, for as long as somebody watches. */
export interface Poll<Item> {
  join(watch: Watch<Item>): void;
  /** Gives whether that was the last one; the poll is over then. */
  leave(watch: Watch<Item>): boolean;
  fail(error: unknown): void;
}

/** A poll with nobody watching yet. */
export const createPoll = <Item>(
  look: ReadAll<Item>,
  pace: PollInterval,
  longestWaits: number,
): Poll<Item> => {
  const watches = new Set<Watch<Item>>();
  const over = new AbortController();
  let nap = new AbortController();
  let running = false;
  let joined = false;

  const lookAt = async (ids: readonly string[]): Promise<ReadonlyMap<string, Found<Item>>> => {
    try {
      return await look(ids, over.signal);
    } catch (error) {
      return new Map(ids.map((id) => [id, error as Error]));
    }
  };

  /** Only those who were there when a look began are told of it: to the others it may be old. */
  const round = async () => {
    joined = false;
    const present = [...watches];
    const began = performance.now();
    const found = await lookAt([...new Set(present.flatMap(({ ids }) => ids))]);
    const news = present.map((watch) => watch.update(found, began)).includes(true);
    return { news, asked: Math.max(...[...found.values()].map(retryAfterMs)) };
  };

  const run = async () => {
    let quiet = 0;
    while (watches.size > 0) {
      const { news, asked } = await round();
      quiet = news ? 0 : quiet + 1;
      if (joined || watches.size === 0) continue;
      nap = new AbortController();
      await wait(Math.max(nextWaitMs(quiet, pace, longestWaits), asked), null, { signal: nap.signal }).catch(
        () => {},
      );
    }
  };

  const fail = (error: unknown) => {
    for (const watch of watches) watch.fail(error);
  };

  return {
    join: (watch) => {
      watches.add(watch);
      joined = true;
      nap.abort();
      if (running) return;
      running = true;
      run().catch(fail);
    },
    leave: (watch) => {
      watches.delete(watch);
      if (watches.size > 0) return false;
      over.abort();
      nap.abort();
      return true;
    },
    fail,
  };
};
