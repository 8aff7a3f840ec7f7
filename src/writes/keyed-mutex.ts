import { createFairShare, type FairShare } from '../capacity/fair-share.ts';
import { CallerGone } from '../http/errors.ts';
import { HangUp, type Signal } from '../http/abort-signal.ts';
import type { Fence } from '../http/request.ts';

/** One who waits for a turn. */
export interface Waiter {
  /** Who has to share with the others. */
  caller: string;
  /** Milliseconds that it may wait. */
  ms: number;
  /** Ends the wait when the caller hangs up, and nothing that has begun. */
  signal: Signal | undefined;
}

/** What a change fails with that never got its turn. */
export interface NoTurn {
  /** Its time was over. */
  late: () => Error;
  /** Too many wait. */
  full: () => Error;
  /** It is not certain any more that nobody else has the turn. */
  lost: () => Error;
}

/** A turn, of the one who has it. */
export interface Turn {
  /**
   * Makes the turn last as long as a write may take that begins now.
   * @throws what `NoTurn` says of a turn that was lost; nothing may be written then.
   */
  forWrite: () => Promise<Fence>;
}

/** Turns by key: what has the same key runs one after the other, and other things side by side. */
export interface KeyedTurns {
  /**
   * Runs work when its turn comes. Among callers the one who was served the longest ago is next, so that many changes of one
   * lengthen the wait of another by one.
   * @throws what `NoTurn` says, or `CallerGone`; the work has not begun then, and does not.
   */
  run: <T>(key: string, waiter: Waiter, noTurn: NoTurn, work: (turn: Turn) => Promise<T>) => Promise<T>;
  /** How many have their turn, and how many wait for it. */
  state: () => { running: number; waiting: number };
  /** How many keys anything is kept of. */
  keys: () => number;
}

/** How many may wait for one key. */
const MOST_WAITING = 64;

/** Takes the turn, or says why there is none. */
const turnOf = async (turns: FairShare, { caller, ms, signal }: Waiter, { late, full }: NoTurn) => {
  if (signal?.aborted) throw new CallerGone();
  if (ms <= 0) throw late();
  const callOff = new HangUp();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    callOff.abort();
  }, ms);
  const hangUp = () => callOff.abort();
  signal?.addEventListener('abort', hangUp);
  const release = await turns.take(caller, 1, { signal: callOff });
  clearTimeout(timer);
  signal?.removeEventListener('abort', hangUp);
  if (release) return release;
  if (isLate) throw late();
  throw callOff.aborted ? new CallerGone() : full();
};

/** Nobody else in this process can take it away. */
const CERTAIN: Turn = { forWrite: async () => () => {} };

/** Nobody waits yet. It knows this process alone: another one can still come between. */
export const createKeyedTurns = (): KeyedTurns => {
  const keys = new Map<string, FairShare>();

  const forgetIdle = (key: string, turns: FairShare): void => {
    const { held, waiting } = turns.state();
    if (held === 0 && waiting === 0) keys.delete(key);
  };

  return {
    run: async (key, waiter, noTurn, work) => {
      const turns = keys.get(key) ?? createFairShare({ total: 1, queue: MOST_WAITING });
      keys.set(key, turns);
      try {
        const release = await turnOf(turns, waiter, noTurn);
        try {
          return await work(CERTAIN);
        } finally {
          release();
        }
      } finally {
        forgetIdle(key, turns);
      }
    },
    state: () => {
      const states = [...keys.values()].map((turns) => turns.state());
      return {
        running: states.reduce((sum, { held }) => sum + held, 0),
        waiting: states.reduce((sum, { waiting }) => sum + waiting, 0),
      };
    },
    keys: () => keys.size,
  };
};
