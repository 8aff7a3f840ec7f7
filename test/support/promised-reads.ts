import type { AbortSignalLike } from '../../src/http/abort-signal.ts';
import type { Done, Ended } from '../../src/http/chain/link.ts';
import { Failure } from '../../src/http/failure.ts';
import { createInFlightReads, type InFlightReads, type Waiter } from '../../src/http/in-flight-reads.ts';

/** A waiter of a test: `left` gives the milliseconds until its deadline. */
export interface TestWaiter extends Omit<Waiter, 'budget'> {
  left: () => number;
}

/** Shared reads whose results are promises of anything. */
export interface PromisedReads extends Omit<InFlightReads, 'read'> {
  read: <T>(
    caller: string,
    key: string,
    waiter: TestWaiter,
    begin: (signal: AbortSignalLike) => Promise<T>,
  ) => Promise<T>;
}

/** Calls back with the end of a promise. */
const passOn = async (read: Promise<unknown>, done: Done): Promise<void> => {
  let ended: unknown;
  try {
    ended = await read;
  } catch (error) {
    ended = new Failure(error);
  }
  done(ended as Ended);
};

export const createPromisedReads = (): PromisedReads => {
  const reads = createInFlightReads();
  return {
    ...reads,
    read: (caller, key, { left, ...waiter }, begin) =>
      new Promise((resolve, reject) => {
        const end = ((ended: unknown) =>
          ended instanceof Failure ? reject(ended.error) : resolve(ended as never)) as Done;
        reads.read(
          caller,
          key,
          { ...waiter, budget: { left } },
          (shared, done) => void passOn(begin(shared), done),
          end,
        );
      }),
  };
};
