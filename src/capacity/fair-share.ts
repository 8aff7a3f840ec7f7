import { Present } from './present.ts';

/** A limited capacity that is lent out so that no borrower can exclude the others. */
export interface FairShare {
  /**
   * Lends `amount` to a borrower, at once or when the borrower is next in the queue. The caller calls the release when the amount is
   * no longer needed. Null if the queue is full, or if the wait ends before.
   */
  take(borrower: string, amount?: number, wait?: Wait): Promise<Release | null>;
  /** Lends at once, or returns null. */
  takeNow(borrower: string, amount?: number): Release | null;
  state(): { held: number; waiting: number };
  /** How many borrowers hold something or wait. */
  borrowers(): number;
}

/** Returns what was lent: all of it, or `amount`. Amounts beyond what is still lent have no effect. */
export type Release = (amount?: number) => void;

/** Limits of a wait: time, and the signal of a client who disconnects. */
interface Wait {
  ms?: number;
  signal?: Signal | undefined;
}

/** The part of an AbortSignal that is used here. */
interface Signal {
  readonly aborted: boolean;
  addEventListener: (type: 'abort', listener: () => void) => void;
  removeEventListener: (type: 'abort', listener: () => void) => void;
}

interface Waiter {
  amount: number;
  settle: (release: Release | null) => void;
}

/** A borrower who holds something or waits, or did so lately. */
interface Borrower {
  name: string;
  held: number;
  waiting: Waiter[];
  /** When it last got or returned something, or began to wait: a logical time that all borrowers share. */
  since: number;
  /** Its place among those who wait. */
  place: number;
}

/** The total capacity, and how many requests may wait for it. */
interface FairShareLimits {
  total: number;
  queue: number;
}

/**
 * Idle borrowers that are kept: of a Map whose entries come and go with requests, V8 keeps all that it ever had until the next major
 * garbage collection.
 */
const MAX_IDLE = 200;

const isIdle = ({ held, waiting }: Borrower): boolean => held === 0 && waiting.length === 0;

/** The most that a borrower may hold, as a multiple of what stays free: three quarters of the total if there is no other. */
const MAX_MULTIPLE_OF_FREE = 3;

/**
 * Lends fairly: a borrower holds at most three times what stays free, so that a new borrower always finds something. Returned
 * amounts go to the waiting borrower who holds least, and among equals to the one who was served the longest ago, or has waited the
 * longest: many requests of one borrower lengthen the wait of another by one request. When the queue is full, the newest request of
 * the borrower with the most waiting requests is dropped for a borrower with fewer.
 */
export const createFairShare = ({ total, queue }: FairShareLimits): FairShare => {
  const borrowers = new Map<string, Borrower>();
  const queued = new Present<Borrower>();
  let free = total;
  let waiting = 0;
  let clock = 0;
  /** Idle borrowers are removed when there are so many borrowers. */
  let tidyAt = MAX_IDLE;

  const forgetIdle = (): void => {
    for (const borrower of borrowers.values()) if (isIdle(borrower)) borrowers.delete(borrower.name);
    tidyAt = borrowers.size + MAX_IDLE;
  };
  const findOrAddBorrower = (name: string): Borrower => {
    const existing = borrowers.get(name);
    if (existing) {
      if (isIdle(existing)) existing.since = clock += 1;
      return existing;
    }
    if (borrowers.size >= tidyAt) forgetIdle();
    const borrower: Borrower = { name, held: 0, waiting: [], since: (clock += 1), place: -1 };
    borrowers.set(name, borrower);
    return borrower;
  };

  // A borrower who holds nothing may have all that is free: otherwise a total of one could never be lent.
  const mayHave = ({ held }: Borrower, amount: number): boolean =>
    amount <= free && (held === 0 || held + amount <= (free - amount + 1) * MAX_MULTIPLE_OF_FREE);

  const lend = (borrower: Borrower, amount: number): Release => {
    borrower.held += amount;
    free -= amount;
    let lent = amount;
    return (requested = lent) => {
      const returned = Math.min(requested, lent);
      if (returned <= 0) return;
      lent -= returned;
      borrower.held -= returned;
      free += returned;
      borrower.since = clock += 1;
      lendToWaiting();
    };
  };

  /** The next borrower to serve: of those whose first request can be served, the one who holds least. */
  const findNext = (): Borrower | undefined => {
    let best: Borrower | undefined;
    for (const borrower of queued) {
      if (!mayHave(borrower, borrower.waiting[0]!.amount)) continue;
      const isBetter =
        !best || borrower.held < best.held || (borrower.held === best.held && borrower.since < best.since);
      if (isBetter) best = borrower;
    }
    return best;
  };

  /** Takes a request out of the queue. */
  const dequeue = (borrower: Borrower, index: number): Waiter => {
    const [waiter] = borrower.waiting.splice(index, 1);
    waiting -= 1;
    if (borrower.waiting.length === 0) queued.delete(borrower);
    return waiter!;
  };

  const lendToWaiting = (): void => {
    for (let next = findNext(); next; next = findNext()) {
      const { amount, settle } = dequeue(next, 0);
      settle(lend(next, amount));
    }
  };

  /** Drops a request from a full queue for a borrower with fewer requests in it; false if no borrower has more. */
  const makeRoomFor = (newcomer: Borrower): boolean => {
    let most = newcomer;
    for (const borrower of queued) if (borrower.waiting.length > most.waiting.length) most = borrower;
    if (most.waiting.length <= newcomer.waiting.length + 1) return false;
    dequeue(most, most.waiting.length - 1).settle(null);
    return true;
  };

  const takeNow: FairShare['takeNow'] = (name, requested = 1) => {
    if (requested <= 0) return () => {};
    const amount = Math.min(requested, total);
    const borrower = findOrAddBorrower(name);
    // A borrower who holds something already does not overtake requests in the queue.
    const isFirst = waiting === 0 || (borrower.held === 0 && borrower.waiting.length === 0);
    if (isFirst && mayHave(borrower, amount)) return lend(borrower, amount);
    return null;
  };

  /** Adds a request to the queue; resolves when it is served, or with null when its wait ends. */
  const enqueue = (borrower: Borrower, amount: number, { signal, ms }: Wait) =>
    new Promise<Release | null>((resolve) => {
      const leave = () => {
        const index = borrower.waiting.indexOf(waiter);
        if (index < 0) return;
        dequeue(borrower, index).settle(null);
        lendToWaiting(); // the requests after it may need less
      };
      const waiter: Waiter = {
        amount,
        settle: (release) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          resolve(release);
        },
      };
      const timer = ms === undefined ? undefined : setTimeout(leave, ms);
      if (borrower.waiting.length === 0) {
        borrower.since = clock += 1;
        queued.add(borrower);
      }
      borrower.waiting.push(waiter);
      waiting += 1;
      signal?.addEventListener('abort', leave);
      lendToWaiting(); // the requests before it may need more than their borrowers may have now
    });

  return {
    takeNow,
    take: (name, requested = 1, wait = {}) => {
      if (wait.signal?.aborted) return Promise.resolve(null);
      const release = takeNow(name, requested);
      if (release) return Promise.resolve(release);
      const borrower = findOrAddBorrower(name);
      if (waiting >= queue && !makeRoomFor(borrower)) return Promise.resolve(null);
      return enqueue(borrower, Math.min(requested, total), wait);
    },
    state: () => ({ held: total - free, waiting }),
    borrowers: () => borrowers.values().reduce((count, one) => (isIdle(one) ? count : count + 1), 0),
  };
};
