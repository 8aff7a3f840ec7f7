import { ClientAborted, CallLimitReached, DeadlineExceeded } from './errors.ts';
import { LightAbortSignal, type AbortSignalLike } from './abort-signal.ts';
import type { ServiceName } from './service.ts';

/** One of those who wait for a read. */
export interface Waiter {
  service: ServiceName;
  signal: AbortSignalLike | undefined;
  /** Milliseconds that it has. */
  left: () => number;
}

/** A read on its way, which ends early only when nobody waits for it any more. */
interface SharedRead {
  /** Nothing any more once it landed: a map that it grew out of keeps what it held until Node next looks through all memory. */
  result: Promise<unknown> | null;
  waiters: number;
  gone: LightAbortSignal | null;
  /** Lets nobody join it any more. */
  close: () => void;
}

/** Makes equal reads that are on their way at the same time one. */
export interface InFlightReads {
  /**
   * Joins the read that this caller is just making under this name, or begins it. What ends it for one who waits, a hang-up or
   * the end of its time, does not end it for the others.
   */
  read: <T>(
    caller: string,
    name: string,
    waiter: Waiter,
    begin: (signal: AbortSignalLike) => Promise<T>,
  ) => Promise<T>;
  /** Whether a read of that name is on its way. */
  has: (caller: string, name: string) => boolean;
  /** How many reads are on their way. */
  size: () => number;
  /** What this caller reads from now on is read anew: something was written. */
  forget: (caller: string) => void;
}

/** Of whoever began the read, and not of the read itself. */
const isOfOne = (error: unknown): boolean =>
  error instanceof DeadlineExceeded || error instanceof CallLimitReached;

/** Knows of no read yet. Callers are told apart by a digest of what they prove themselves with. */
export const createInFlightReads = (): InFlightReads => {
  const callers = new Map<string, Map<string, SharedRead>>();

  const begun = (
    caller: string,
    name: string,
    begin: (signal: AbortSignalLike) => Promise<unknown>,
  ): SharedRead => {
    const flights = callers.get(caller) ?? new Map<string, SharedRead>();
    callers.set(caller, flights);
    const gone = new LightAbortSignal();
    const result = begin(gone);
    const close = () => {
      if (flights.get(name) === flight) flights.delete(name);
      if (flights.size === 0 && callers.get(caller) === flights) callers.delete(caller);
    };
    const flight: SharedRead = { result, waiters: 0, gone, close };
    const landed = () => {
      flight.result = null;
      flight.gone = null;
      close();
    };
    flights.set(name, flight);
    result.then(landed, landed);
    return flight;
  };

  /** Waits for a flight as long as this one may and wants to. */
  const wait = (flight: SharedRead, { service, signal, left }: Waiter, isFirst: boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      flight.waiters += 1;
      /** Once: whoever left because of the time may hang up as well. */
      const leave = (reason: Error) => {
        settled();
        reject(reason);
        flight.waiters -= 1;
        if (flight.waiters > 0) return;
        // It may take a while to end, such as until a token is there, and would fail whoever joined it meanwhile.
        flight.close();
        flight.gone?.abort();
      };
      const hangUp = () => leave(new ClientAborted());
      // The first one's time is that of the read itself.
      const timer = isFirst ? undefined : setTimeout(() => leave(new DeadlineExceeded(service)), left());
      signal?.addEventListener('abort', hangUp);
      const settled = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', hangUp);
      };
      const land = async () => {
        try {
          resolve(await flight.result);
        } catch (error) {
          reject(error);
        } finally {
          settled();
        }
      };
      void land();
    });

  const join = async (flight: SharedRead, waiter: Waiter, anew: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await wait(flight, waiter, false);
    } catch (error) {
      if (!isOfOne(error) || waiter.left() <= 0) throw error;
      return anew();
    }
  };

  const read = (
    caller: string,
    name: string,
    waiter: Waiter,
    begin: (signal: AbortSignalLike) => Promise<unknown>,
  ): Promise<unknown> => {
    if (waiter.signal?.aborted) return Promise.reject(new ClientAborted());
    const flight = callers.get(caller)?.get(name);
    return flight
      ? join(flight, waiter, () => read(caller, name, waiter, begin))
      : wait(begun(caller, name, begin), waiter, true);
  };

  return {
    read: read as InFlightReads['read'],
    has: (caller, name) => callers.get(caller)?.has(name) ?? false,
    size: () => callers.values().reduce((sum, flights) => sum + flights.size, 0),
    forget: (caller) => void callers.delete(caller),
  };
};
