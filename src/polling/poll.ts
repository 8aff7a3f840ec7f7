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

/** How soon after a poll began the next one may begin for a watch that has joined since; it doubles while watches keep joining. */
const JOIN_WAIT_MS = 250;

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
  const pollOnce = async (startedAt: number) => {
    hasJoined = false;
    const present = [...watches];
    const found = await readItems([...new Set(present.flatMap(({ ids }) => ids))]);
    // Of those who have left meanwhile nothing depends.
    const remaining = present.filter((watch) => watches.has(watch));
    const hasChanged = remaining.map((watch) => watch.update(found, startedAt)).includes(true);
    return { hasChanged, minWaitMs: Math.max(0, ...[...found.values()].map(retryAfterMs)) };
  };

  /** Waits until a time; a watch that joins brings it forward. True if one did. */
  const waitUntil = async (regularTime: number, joinTime: number): Promise<boolean> => {
    const isForJoin = () => hasJoined && joinTime < regularTime;
    for (;;) {
      const waitMs = (isForJoin() ? joinTime : regularTime) - monotonic();
      if (waitMs <= 0 || watches.size === 0) return isForJoin();
      pause = new AbortController();
      await wait(waitMs, null, { signal: pause.signal }).catch(() => {});
    }
  };

  const run = async () => {
    let unchangedPolls = 0;
    let joinWaitMs = JOIN_WAIT_MS;
    while (watches.size > 0) {
      const startedAt = monotonic();
      const { hasChanged, minWaitMs } = await pollOnce(startedAt);
      unchangedPolls = hasChanged ? 0 : unchangedPolls + 1;
      const earliest = monotonic() + minWaitMs;
      const regularTime =
        monotonic() + Math.max(nextWaitMs(unchangedPolls, interval, maxWaitFactor), minWaitMs);
      const joinTime = Math.max(startedAt + Math.min(joinWaitMs, interval.firstWaitMs), earliest);
      const isForJoin = await waitUntil(regularTime, joinTime);
      joinWaitMs = isForJoin ? Math.min(2 * joinWaitMs, interval.firstWaitMs) : JOIN_WAIT_MS;
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
