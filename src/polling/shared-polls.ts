import type { PollInterval } from './poll-interval.ts';
import { createPoll, type ReadAll, type Poll } from './poll.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import { createWatch, type PollEvent, StillUnsettled, type WatchOptions } from './watch.ts';
import { monotonic } from '../time/clock.ts';

/** The process is shutting down. */
export class Closing extends Error {
  override readonly name = 'Closing';
}

/** The credential of the caller has expired. */
export class CredentialExpired extends Error {
  override readonly name = 'CredentialExpired';
}

/** All polls of the process, for subscriptions that wait until items settle. */
export interface Polling {
  /**
   * Watches items: the state of each at once, then every change, until all are settled. An item that has not changed since its first
   * read counts as settled only after the lag of the cloud: until then it may be the state before a write. Watches with the same
   * `name` share one poll, so that the name has to identify the caller. A watch ends with `CredentialExpired` at `expiresAt`, on
   * the monotonic clock.
   */
  watch<Item>(
    name: string,
    wanted: WatchOptions<Item>,
    readAll: ReadAll<Item>,
    signal?: AbortSignalLike,
    expiresAt?: number,
  ): AsyncGenerator<PollEvent<Item>, void, undefined>;
  /** The number of polls that run. */
  polls: () => number;
  /** Ends every watch with `Closing` as its last event. */
  close(): void;
}

export const createPolling = (interval: PollInterval): Polling => {
  const polls = new Map<string, Pick<Poll<unknown>, 'fail'>>();
  let isClosed = false;

  const findOrCreatePoll = <Item>(
    name: string,
    readAll: ReadAll<Item>,
    maxWaitFactor: number,
  ): Poll<Item> => {
    const poll = (polls.get(name) as Poll<Item> | undefined) ?? createPoll(readAll, interval, maxWaitFactor);
    polls.set(name, poll);
    return poll;
  };

  return {
    watch: <Item>(
      name: string,
      wanted: WatchOptions<Item>,
      readAll: ReadAll<Item>,
      signal?: AbortSignalLike,
      expiresAt = Infinity,
    ) => {
      let timer: NodeJS.Timeout | undefined;
      let poll: Poll<Item> | undefined;
      const join = () => {
        if (isClosed) return watch.fail(new Closing());
        if (signal?.aborted) return watch.leave();
        signal?.addEventListener('abort', watch.leave);
        const validMs = Math.max(0, expiresAt - monotonic());
        timer =
          validMs < interval.limitMs
            ? setTimeout(() => watch.fail(new CredentialExpired()), validMs)
            : setTimeout(() => watch.fail(new StillUnsettled(watch.unsettled())), interval.limitMs);
        poll = findOrCreatePoll(name, readAll, wanted.maxWaitFactor);
        poll.join(watch);
      };
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', watch.leave);
        if (poll?.leave(watch)) polls.delete(name);
      };
      const watch = createWatch(wanted, interval.lagMs, join, leave);
      return watch.events;
    },
    polls: () => polls.size,
    close: () => {
      isClosed = true;
      for (const poll of polls.values()) poll.fail(new Closing());
    },
  };
};
