import { ClientAborted, CallLimitReached, DeadlineExceeded } from './errors.ts';
import { LightAbortSignal, type AbortSignalLike } from './abort-signal.ts';
import type { ServiceName } from './service.ts';

/** A call that waits for a read. */
export interface Waiter {
  service: ServiceName;
  signal: AbortSignalLike | undefined;
  /** Milliseconds until its deadline. */
  left: () => number;
}

/** A read in flight; aborted only when no call waits for it any more. */
interface SharedRead {
  /** Null once the read has ended: a map that has grown keeps its old entries alive until the next major garbage collection. */
  result: Promise<unknown> | null;
  waiters: number;
  controller: LightAbortSignal | null;
  /** Removes the read, so that no more calls join it. */
  close: () => void;
}

/** Joins equal reads of a caller that are in flight at the same time. */
export interface InFlightReads {
  /**
   * Joins the caller's read in flight with this key, or begins it. A waiter that leaves, because its client disconnects or its time is
   * over, does not end the read for the others.
   */
  read: <T>(
    caller: string,
    key: string,
    waiter: Waiter,
    begin: (signal: AbortSignalLike) => Promise<T>,
  ) => Promise<T>;
  /** True if a read with this key is in flight. */
  has: (caller: string, key: string) => boolean;
  /** Number of reads in flight that can be joined. */
  size: () => number;
  /** Lets no later read of the caller join those in flight: something was written. */
  forget: (caller: string) => void;
}

/** True if an error comes from the limits of the operation that began the read, and not from the read itself. */
const comesFromFirstOperation = (error: unknown): boolean =>
  error instanceof DeadlineExceeded || error instanceof CallLimitReached;

/** Callers are identified by a digest of their credentials. */
export const createInFlightReads = (): InFlightReads => {
  const callers = new Map<string, Map<string, SharedRead>>();

  const beginRead = (
    caller: string,
    key: string,
    begin: (signal: AbortSignalLike) => Promise<unknown>,
  ): SharedRead => {
    const reads = callers.get(caller) ?? new Map<string, SharedRead>();
    callers.set(caller, reads);
    const controller = new LightAbortSignal();
    const result = begin(controller);
    const close = () => {
      if (reads.get(key) === shared) reads.delete(key);
      if (reads.size === 0 && callers.get(caller) === reads) callers.delete(caller);
    };
    const shared: SharedRead = { result, waiters: 0, controller, close };
    const finish = () => {
      shared.result = null;
      shared.controller = null;
      close();
    };
    reads.set(key, shared);
    result.then(finish, finish);
    return shared;
  };

  /** Waits for a read until the waiter's deadline, or until its client disconnects. */
  const wait = (shared: SharedRead, { service, signal, left }: Waiter, isFirst: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      shared.waiters += 1;
      /** Called once at most: it removes the timer and the listener, the two that call it. */
      const leave = (reason: Error) => {
        stopWatching();
        reject(reason);
        shared.waiters -= 1;
        if (shared.waiters > 0) return;
        // An aborted read may take a while to end, such as while it waits for a token: calls that joined it meanwhile would fail.
        shared.close();
        shared.controller?.abort();
      };
      const onAbort = () => leave(new ClientAborted());
      // The first waiter's deadline limits the read itself.
      const timer = isFirst ? undefined : setTimeout(() => leave(new DeadlineExceeded(service)), left());
      signal?.addEventListener('abort', onAbort);
      const stopWatching = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const settle = async () => {
        try {
          resolve(await shared.result);
        } catch (error) {
          reject(error);
        } finally {
          stopWatching();
        }
      };
      void settle();
    });

  /** Waits for a read of another operation; begins it again if that operation's own limits ended it. */
  const join = async (
    shared: SharedRead,
    waiter: Waiter,
    readAgain: () => Promise<unknown>,
  ): Promise<unknown> => {
    try {
      return await wait(shared, waiter, false);
    } catch (error) {
      if (!comesFromFirstOperation(error) || waiter.left() <= 0) throw error;
      return readAgain();
    }
  };

  const read = (
    caller: string,
    key: string,
    waiter: Waiter,
    begin: (signal: AbortSignalLike) => Promise<unknown>,
  ): Promise<unknown> => {
    if (waiter.signal?.aborted) return Promise.reject(new ClientAborted());
    const shared = callers.get(caller)?.get(key);
    return shared
      ? join(shared, waiter, () => read(caller, key, waiter, begin))
      : wait(beginRead(caller, key, begin), waiter, true);
  };

  return {
    read: read as InFlightReads['read'],
    has: (caller, key) => callers.get(caller)?.has(key) ?? false,
    size: () => callers.values().reduce((sum, reads) => sum + reads.size, 0),
    forget: (caller) => void callers.delete(caller),
  };
};
