import { createFairShare, type FairShare } from '../capacity/fair-share.ts';
import { ClientAborted } from '../http/errors.ts';
import { LightAbortSignal, type AbortSignalLike } from '../http/abort-signal.ts';
import type { Fence } from '../http/request.ts';

/** A request for a lock. */
export interface LockRequest {
  /** The caller, for a fair order. */
  caller: string;
  /** The longest wait, in milliseconds. */
  ms: number;
  /** Ends the wait when the client disconnects; work that has begun continues. */
  signal: AbortSignalLike | undefined;
}

/** Errors for a lock that was not acquired, or lost. */
export interface LockErrors {
  /** The wait took too long. */
  late: () => Error;
  /** Too many requests wait already. */
  full: () => Error;
  /** Another process may hold the lock. */
  lost: () => Error;
}

/** A lock that is held. */
export interface Lock {
  /**
   * Extends the lock for the longest time of a write that begins now. The returned fence throws once that is no longer ensured.
   * @throws `LockErrors.lost`; nothing may be written then.
   */
  extendForWrite: () => Promise<Fence>;
}

/** Mutexes by key: work with the same key runs one after the other, other work in parallel. */
export interface KeyedMutex {
  /**
   * Runs work while holding the lock of a key. The caller who was served the longest ago is next, so that many changes of one caller
   * lengthen the wait of another by one.
   * @throws one of `LockErrors`, or `ClientAborted`; the work has not begun then.
   */
  run: <T>(
    key: string,
    request: LockRequest,
    errors: LockErrors,
    work: (lock: Lock) => Promise<T>,
  ) => Promise<T>;
  /** The number of mutexes held, and of requests that wait. */
  state: () => { running: number; waiting: number };
  /** The number of keys with a lock that is held or waited for. */
  keys: () => number;
}

/** The most requests that may wait for one key. */
const MAX_WAITING = 64;

const acquire = async (mutex: FairShare, { caller, ms, signal }: LockRequest, { late, full }: LockErrors) => {
  if (signal?.aborted) throw new ClientAborted();
  if (ms <= 0) throw late();
  const waitSignal = new LightAbortSignal();
  let hasTimedOut = false;
  const timer = setTimeout(() => {
    hasTimedOut = true;
    waitSignal.abort();
  }, ms);
  const endWait = () => waitSignal.abort();
  signal?.addEventListener('abort', endWait);
  const release = await mutex.take(caller, 1, { signal: waitSignal });
  clearTimeout(timer);
  signal?.removeEventListener('abort', endWait);
  if (release) return release;
  if (hasTimedOut) throw late();
  throw waitSignal.aborted ? new ClientAborted() : full();
};

/** A lock within this process: it cannot be lost. */
const PROCESS_LOCK: Lock = { extendForWrite: async () => () => {} };

/** A keyed mutex for this process alone: other processes do not see its locks. */
export const createKeyedMutex = (): KeyedMutex => {
  const mutexes = new Map<string, FairShare>();

  const forgetIdle = (key: string, mutex: FairShare): void => {
    const { held, waiting } = mutex.state();
    if (held === 0 && waiting === 0) mutexes.delete(key);
  };

  return {
    run: async (key, request, errors, work) => {
      const mutex = mutexes.get(key) ?? createFairShare({ total: 1, queue: MAX_WAITING });
      mutexes.set(key, mutex);
      try {
        const release = await acquire(mutex, request, errors);
        try {
          return await work(PROCESS_LOCK);
        } finally {
          release();
        }
      } finally {
        forgetIdle(key, mutex);
      }
    },
    state: () => {
      const states = [...mutexes.values()].map((mutex) => mutex.state());
      return {
        running: states.reduce((sum, { held }) => sum + held, 0),
        waiting: states.reduce((sum, { waiting }) => sum + waiting, 0),
      };
    },
    keys: () => mutexes.size,
  };
};
