import type { Done, Ended } from './chain/link.ts';
import { Failure } from './failure.ts';
import { ClientAborted, CallLimitReached, DeadlineExceeded } from './errors.ts';
import { LightAbortSignal, type AbortSignalLike } from './abort-signal.ts';
import type { ServiceName } from './service.ts';

/** A call that waits for a read. */
export interface Waiter {
  service: ServiceName;
  signal: AbortSignalLike | undefined;
  /** `left` gives the milliseconds until its deadline. */
  budget: { left(): number };
}

/** Begins a read; calls `done` when it has ended. */
type Begin = (signal: AbortSignalLike, done: Done) => void;

/** Joins equal reads of a caller that are in flight at the same time. */
export interface InFlightReads {
  /**
   * Joins the caller's read in flight with this key, or begins it. A waiter that leaves, because its client disconnects or its time is
   * over, does not end the read for the others.
   */
  read(caller: string, key: string, waiter: Waiter, begin: Begin, done: Done): void;
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

/** The reads of one caller by their keys. */
type Reads = Map<string, SharedRead>;

/** One call's wait for a read: until that ends, until the call's own deadline, or until its client disconnects. */
class Wait {
  private readonly shared: SharedRead;
  private readonly waiter: Waiter;
  /** Null once it was called. */
  private done: Done | null;
  private readonly timer: NodeJS.Timeout | undefined;

  /** The first waiter's deadline limits the read itself, so that only the others have `ms` milliseconds. */
  constructor(shared: SharedRead, waiter: Waiter, done: Done, ms?: number) {
    this.shared = shared;
    this.waiter = waiter;
    this.done = done;
    if (ms !== undefined) this.timer = setTimeout(() => this.leave(new DeadlineExceeded(waiter.service)), ms);
    waiter.signal?.addEventListener('abort', this.onAbort);
  }

  end(ended: Ended): void {
    clearTimeout(this.timer);
    this.waiter.signal?.removeEventListener('abort', this.onAbort);
    const { done } = this;
    this.done = null;
    done?.(ended);
  }

  private readonly onAbort = (): void => this.leave(new ClientAborted());

  private leave(reason: Error): void {
    this.shared.remove(this);
    this.end(new Failure(reason));
  }
}

/** A read in flight; aborted only when no call waits for it any more. */
class SharedRead extends LightAbortSignal {
  private readonly reads: Reads;
  private readonly key: string;
  private readonly onEmpty: (reads: Reads) => void;
  /** Empty once the read has ended. */
  private waits: Wait[] = [];

  constructor(reads: Reads, key: string, onEmpty: (reads: Reads) => void) {
    super();
    this.reads = reads;
    this.key = key;
    this.onEmpty = onEmpty;
    reads.set(key, this);
  }

  add(waiter: Waiter, done: Done, ms?: number): void {
    this.waits.push(new Wait(this, waiter, done, ms));
  }

  /** Removes a call that waits no longer. */
  remove(wait: Wait): void {
    this.waits = this.waits.filter((one) => one !== wait);
    if (this.waits.length > 0) return;
    // An aborted read may take a while to end, such as while it waits for a token: calls that joined it meanwhile would fail.
    this.close();
    this.abort();
  }

  readonly end: Done = (ended) => {
    this.close();
    const { waits } = this;
    this.waits = [];
    for (const wait of waits) wait.end(ended);
  };

  /** Removes the read, so that no more calls join it. */
  private close(): void {
    if (this.reads.get(this.key) === this) this.reads.delete(this.key);
    if (this.reads.size === 0) this.onEmpty(this.reads);
  }
}

/** Callers are identified by a digest of their credentials. */
export const createInFlightReads = (): InFlightReads => {
  const callers = new Map<string, Reads>();

  const begin = (caller: string, key: string, waiter: Waiter, start: Begin, done: Done): void => {
    let reads = callers.get(caller);
    if (!reads) callers.set(caller, (reads = new Map()));
    const shared = new SharedRead(reads, key, (empty) => {
      if (callers.get(caller) === empty) callers.delete(caller);
    });
    shared.add(waiter, done);
    start(shared, shared.end);
  };

  const read: InFlightReads['read'] = (caller, key, waiter, start, done) => {
    if (waiter.signal?.aborted) return done(new Failure(new ClientAborted()));
    const shared = callers.get(caller)?.get(key);
    if (!shared) return begin(caller, key, waiter, start, done);
    /** Begins the read again if the limits of the operation that began it ended it, and not its own. */
    const receive: Done = (ended) => {
      const isCut = ended instanceof Failure && comesFromFirstOperation(ended.error);
      if (isCut && waiter.budget.left() > 0) read(caller, key, waiter, start, done);
      else done(ended);
    };
    return shared.add(waiter, receive, waiter.budget.left());
  };

  return {
    read,
    has: (caller, key) => callers.get(caller)?.has(key) ?? false,
    size: () => callers.values().reduce((sum, reads) => sum + reads.size, 0),
    forget: (caller) => void callers.delete(caller),
  };
};
