import type { Pace } from './poll-interval.ts';
import { createPoll, type Look, type Poll } from './poll.ts';
import type { Signal } from '../http/abort-signal.ts';
import { createWatch, type Sighting, StillUnsettled, type Wanted } from './watch.ts';

/** The process takes no more work. */
export class Closing extends Error {
  override readonly name = 'Closing';
}

/** The credential of the caller is no longer good. */
export class CredentialExpired extends Error {
  override readonly name = 'CredentialExpired';
}

/** Things watched until they settle, for as long as the process lives. */
export interface Settling {
  /**
   * The state of each thing at once, then every change, until all are settled. What has not changed since it was first seen is
   * not taken for settled before the lag of the cloud is over: it may be what was there before a write. Watches of one `name` share one poll, so a name
   * has to hold all that tells its caller from others. A watch ends with `CredentialExpired` at `expiresAt`, in milliseconds
   * since 1970.
   */
  watch<Item>(
    name: string,
    wanted: Wanted<Item>,
    look: Look<Item>,
    signal?: Signal,
    expiresAt?: number,
  ): AsyncGenerator<Sighting<Item>, void, undefined>;
  /** How many things are looked at again and again. */
  polls: () => number;
  /** Ends every watch, with `Closing` as the last that is told. */
  close(): void;
}

/** Watches nothing yet. */
export const createSettling = (pace: Pace): Settling => {
  const polls = new Map<string, Pick<Poll<unknown>, 'fail'>>();
  let closed = false;

  const pollOf = <Item>(name: string, look: Look<Item>, longestWaits: number): Poll<Item> => {
    const poll = (polls.get(name) as Poll<Item> | undefined) ?? createPoll(look, pace, longestWaits);
    polls.set(name, poll);
    return poll;
  };

  return {
    watch: <Item>(
      name: string,
      wanted: Wanted<Item>,
      look: Look<Item>,
      signal?: Signal,
      expiresAt = Infinity,
    ) => {
      let timer: NodeJS.Timeout | undefined;
      let poll: Poll<Item> | undefined;
      const join = () => {
        if (closed) return watch.fail(new Closing());
        if (signal?.aborted) return watch.leave();
        signal?.addEventListener('abort', watch.leave);
        const goodForMs = Math.max(0, expiresAt - Date.now());
        timer =
          goodForMs < pace.limitMs
            ? setTimeout(() => watch.fail(new CredentialExpired()), goodForMs)
            : setTimeout(() => watch.fail(new StillUnsettled(watch.unsettled())), pace.limitMs);
        poll = pollOf(name, look, wanted.longestWaits);
        poll.join(watch);
      };
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', watch.leave);
        if (poll?.leave(watch)) polls.delete(name);
      };
      const watch = createWatch(wanted, pace.lagMs, join, leave);
      return watch.events;
    },
    polls: () => polls.size,
    close: () => {
      closed = true;
      for (const poll of polls.values()) poll.fail(new Closing());
    },
  };
};
