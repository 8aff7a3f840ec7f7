/** Lends something of which there is only so much, so that no borrower can shut the others out. */
export interface FairShare {
  /**
   * Lends `amount` to a borrower, at once or when its turn comes; what it gives has to be called once it is no longer needed. Null
   * where too many wait already, or where the wait is called off.
   */
  take(borrower: string, amount?: number, wait?: Wait): Promise<Release | null>;
  /** Lends at once, or not at all. */
  takeNow(borrower: string, amount?: number): Release | null;
  state(): { held: number; waiting: number };
  /** Of how many anything is kept. */
  borrowers(): number;
}

/** Gives back what was lent, or so much of it; more than that does no harm. */
export type Release = (amount?: number) => void;

/** What calls a wait off: the client's leaving, or the end of the time for it. */
interface Wait {
  ms?: number;
  signal?: Signal | undefined;
}

/** What of an AbortSignal is used here. */
interface Signal {
  readonly aborted: boolean;
  addEventListener: (type: 'abort', listener: () => void) => void;
  removeEventListener: (type: 'abort', listener: () => void) => void;
}

interface Waiting {
  amount: number;
  settle: (release: Release | null) => void;
}

/** One who holds something, or waits for it. Nothing is kept of the others. */
interface Borrower {
  held: number;
  waiting: Waiting[];
  /** When it was served last, or came to wait; counts up over all borrowers. */
  since: number;
}

/** How much there is, and how many may wait for it. */
interface FairShareLimits {
  total: number;
  queue: number;
}

/** A borrower may hold so many times what is left for the others: three quarters of everything, where it is alone. */
const TIMES_WHAT_IS_LEFT = 3;

/**
 * Nobody holds more than three times what is left free, so that a newcomer always finds something. What is given back goes to
 * whoever holds least of those who wait, and among these to who was served the longest ago, or has waited the longest without
 * it: many requests of one lengthen the wait of another by one. The queue is open to all while it has room; once it is full, the newest of the borrower with the most in it makes room for a borrower with fewer.
 */
export const createFairShare = ({ total, queue }: FairShareLimits): FairShare => {
  const borrowers = new Map<string, Borrower>();
  let free = total;
  let waiting = 0;
  let turns = 0;

  const borrowerOf = (name: string): Borrower => {
    const known = borrowers.get(name);
    if (known) return known;
    const borrower: Borrower = { held: 0, waiting: [], since: (turns += 1) };
    borrowers.set(name, borrower);
    return borrower;
  };
  const forgetIdle = (name: string, { held, waiting: own }: Borrower): void => {
    if (held === 0 && own.length === 0) borrowers.delete(name);
  };

  // Whoever holds nothing may have all that is free: a total of one could not be lent otherwise.
  const mayHave = ({ held }: Borrower, amount: number): boolean =>
    amount <= free && (held === 0 || held + amount <= (free - amount + 1) * TIMES_WHAT_IS_LEFT);

  const lend = (name: string, borrower: Borrower, amount: number): Release => {
    borrower.held += amount;
    free -= amount;
    let lent = amount;
    return (asked = lent) => {
      const given = Math.min(asked, lent);
      if (given <= 0) return;
      lent -= given;
      borrower.held -= given;
      free += given;
      borrower.since = turns += 1;
      forgetIdle(name, borrower);
      lendToWaiting();
    };
  };

  /** The borrower that is next: of those who may have what they wait for, whoever holds least. */
  const next = (): [string, Borrower] | undefined => {
    let best: [string, Borrower] | undefined;
    for (const entry of borrowers) {
      const [, borrower] = entry;
      const first = borrower.waiting[0];
      if (!first || !mayHave(borrower, first.amount)) continue;
      const than = best?.[1];
      const isBetter =
        !than || borrower.held < than.held || (borrower.held === than.held && borrower.since < than.since);
      if (isBetter) best = entry;
    }
    return best;
  };

  const lendToWaiting = (): void => {
    while (waiting > 0) {
      const found = next();
      if (!found) return;
      const [name, borrower] = found;
      const { amount, settle } = borrower.waiting.shift()!;
      waiting -= 1;
      settle(lend(name, borrower, amount));
    }
  };

  /** Makes room in a full queue for a borrower with fewer in it than another one has; false where there is none. */
  const makeRoomFor = (newcomer: Borrower): boolean => {
    let most = newcomer;
    for (const borrower of borrowers.values())
      if (borrower.waiting.length > most.waiting.length) most = borrower;
    if (most.waiting.length <= newcomer.waiting.length + 1) return false;
    waiting -= 1;
    most.waiting.pop()!.settle(null);
    return true;
  };

  const takeNow: FairShare['takeNow'] = (name, asked = 1) => {
    if (asked <= 0) return () => {};
    const amount = Math.min(asked, total);
    const borrower = borrowerOf(name);
    // Whoever holds something overtakes nobody who waits.
    const isFirst = waiting === 0 || (borrower.held === 0 && borrower.waiting.length === 0);
    if (isFirst && mayHave(borrower, amount)) return lend(name, borrower, amount);
    forgetIdle(name, borrower);
    return null;
  };

  return {
    takeNow,
    take: (name, asked = 1, { signal, ms } = {}) => {
      if (signal?.aborted) return Promise.resolve(null);
      const release = takeNow(name, asked);
      if (release) return Promise.resolve(release);
      const borrower = borrowerOf(name);
      if (waiting >= queue && !makeRoomFor(borrower)) {
        forgetIdle(name, borrower);
        return Promise.resolve(null);
      }
      return new Promise((resolve) => {
        const leave = () => {
          const at = borrower.waiting.indexOf(place);
          if (at < 0) return;
          borrower.waiting.splice(at, 1);
          waiting -= 1;
          place.settle(null);
          lendToWaiting(); // what comes after it may need less
        };
        const place: Waiting = {
          amount: Math.min(asked, total),
          settle: (given) => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', leave);
            forgetIdle(name, borrower);
            resolve(given);
          },
        };
        const timer = ms === undefined ? undefined : setTimeout(leave, ms);
        if (borrower.waiting.length === 0) borrower.since = turns += 1;
        borrower.waiting.push(place);
        waiting += 1;
        signal?.addEventListener('abort', leave);
        lendToWaiting(); // those before it may be waiting for more than they may have
      });
    },
    state: () => ({ held: total - free, waiting }),
    borrowers: () => borrowers.size,
  };
};
