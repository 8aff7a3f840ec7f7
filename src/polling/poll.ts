import { setTimeout as wait } from 'node:timers/promises';
import { nextWaitMs, type PollInterval, retryAfterMs } from './poll-interval.ts';
import type { Found, Watch } from './watch.ts';
import { monotonic } from '../time/clock.ts';

/** Reads the current state of items; ids missing in the result do not exist. */
export type ReadAll<Item> = (
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Found<Item>>>;

/** Reads the items of all its watches again and again, as long as there are watches. */
export interface Poll<Item> {
  join(watch: Watch<Item>): void;
  /** Removes a watch; true if it was the last one, which ends the poll. */
  leave(watch: Watch<Item>): boolean;
  fail(error: unknown): void;
}

/** A poll without watches. */
export const createPoll = <Item>(
  readAll: ReadAll<Item>,
  interval: PollInterval,
  maxWaitFactor: number,
): Poll<Item> => {
  const watches = new Set<Watch<Item>>();
  const ended = new AbortController();
  let pause = new AbortController();
  let isRunning = false;
  let hasJoined = false;

  const readItems = async (ids: readonly string[]): Promise<ReadonlyMap<string, Found<Item>>> => {
    try {
      return await readAll(ids, ended.signal);
    } catch (error) {
      return new Map(ids.map((id) => [id, error as Error]));
    }
  };

  /** Reads once. Watches that join meanwhile do not get the result: it may be older than they are. */
  const pollOnce = async () => {
    hasJoined = false;
    const present = [...watches];
    const startedAt = monotonic();
    const found = await readItems([...new Set(present.flatMap(({ ids }) => ids))]);
    const hasChanged = present.map((watch) => watch.update(found, startedAt)).includes(true);
    return { hasChanged, minWaitMs: Math.max(...[...found.values()].map(retryAfterMs)) };
  };

  const run = async () => {
    let unchangedPolls = 0;
    while (watches.size > 0) {
      const { hasChanged, minWaitMs } = await pollOnce();
      unchangedPolls = hasChanged ? 0 : unchangedPolls + 1;
      if (hasJoined || watches.size === 0) continue;
      pause = new AbortController();
      const waitMs = Math.max(nextWaitMs(unchangedPolls, interval, maxWaitFactor), minWaitMs);
      await wait(waitMs, null, { signal: pause.signal }).catch(() => {});
    }
  };

  const fail = (error: unknown) => {
    for (const watch of watches) watch.fail(error);
  };

  return {
    join: (watch) => {
      watches.add(watch);
      hasJoined = true;
      pause.abort();
      if (isRunning) return;
      isRunning = true;
      run().catch(fail);
    },
    leave: (watch) => {
      watches.delete(watch);
      if (watches.size > 0) return false;
      ended.abort();
      pause.abort();
      return true;
    },
    fail,
  };
};
