import { clientError } from '../errors/client-error.ts';
import { createFairShare, type Release } from '../capacity/fair-share.ts';

/** A write that runs, or what came of it. */
interface StoredWrite {
  borrower: string;
  input: string;
  result: Promise<unknown>;
  /** Milliseconds since 1970; without an end while it runs. */
  until: number;
  release: Release;
}

/** A write that is to run. */
interface Run<T> {
  /** Who has to share the memory with the others. */
  borrower: string;
  /** A digest of its input. */
  input: string;
  run: () => Promise<T>;
  /** Whether it ran, or may have: a refusal that certainly changed nothing is not remembered. */
  mayHaveRun: (result: T) => boolean;
}

/** Results of writes by name, each for ten minutes from its end, and none for less. */
export interface IdempotencyStore {
  get: (name: string) => { input: string; result: Promise<unknown> } | undefined;
  /** Runs a write under a new name; null, and nothing ran, where the borrower's share of the memory is used up. */
  run: <T>(name: string, write: Run<T>) => Promise<T> | null;
  /** Milliseconds until the borrower has room again. */
  retryAfterMs: (borrower: string) => number;
  /** How many there are, and the bytes that they are counted for. */
  state: () => { keys: number; bytes: number };
}

/** From the end of a write. */
export const RETENTION_MS = 10 * 60 * 1000;
/** Of a write beside its result: two digests, and the records that hold them. */
const BYTES_OF_A_WRITE = 1024;
/** What a result is expected to need at most; more is asked for once it is there. */
const BYTES_OF_A_RESULT = 4096;
const WAIT_WHILE_RUNNING_MS = 1_000;

/** A character takes one or two bytes. */
const bytesOf = (result: unknown): number => BYTES_OF_A_WRITE + (JSON.stringify(result)?.length ?? 0) * 2;

/** The refusal of a key that was used for something else. */
export const reusedKeyError = () =>
  clientError(
    'CONFLICT',
    'This `idempotencyKey` was used with another input. Take a new key for a new change.',
  );

/** The refusal of a key whose write ran, and left more than can be kept. */
export const resultTooLargeError = () =>
  clientError(
    'CONFLICT',
    'The write with this `idempotencyKey` was sent, and its result is too large to be told again. Read what it changed.',
  );

/** Remembers nothing yet, and never more than `totalBytes`; one borrower may have three quarters of them. */
export const createIdempotencyStore = (now: () => number, totalBytes: number): IdempotencyStore => {
  const memory = createFairShare({ total: totalBytes, queue: 0 });
  /** Those that have ended are in the order of their ends. */
  const writes = new Map<string, StoredWrite>();

  const forget = (name: string): void => {
    writes.get(name)?.release();
    writes.delete(name);
  };
  const forgetOld = (): void => {
    for (const [name, { until }] of writes) {
      if (until <= now()) forget(name);
      else if (until < Infinity) break; // what follows ended later, or runs
    }
  };

  /** Counts what a write really needs; false where that is more than its borrower may have. */
  const fit = (write: StoredWrite, lent: number, needed: number): boolean => {
    if (needed <= lent) {
      write.release(lent - needed);
      return true;
    }
    const more = needed <= totalBytes ? memory.takeNow(write.borrower, needed - lent) : null;
    if (!more) return false;
    const first = write.release;
    write.release = () => {
      first();
      more();
    };
    return true;
  };

  const keep = (name: string, write: StoredWrite, lent: number, result: unknown): void => {
    if (!fit(write, lent, bytesOf(result))) {
      fit(write, lent, BYTES_OF_A_WRITE);
      write.result = Promise.reject(resultTooLargeError());
      write.result.catch(() => {});
    }
    write.until = now() + RETENTION_MS;
    writes.delete(name);
    writes.set(name, write);
  };

  return {
    get: (name) => {
      forgetOld();
      return writes.get(name);
    },
    run: (name, { borrower, input, run, mayHaveRun }) => {
      forgetOld();
      const lent = BYTES_OF_A_WRITE + BYTES_OF_A_RESULT;
      const release = memory.takeNow(borrower, lent);
      if (!release) return null;
      const result = run();
      const write: StoredWrite = { borrower, input, result, until: Infinity, release };
      writes.set(name, write);
      result.then(
        (value) => (mayHaveRun(value) ? keep(name, write, lent, value) : forget(name)),
        () => forget(name),
      );
      return result;
    },
    retryAfterMs: (borrower) => {
      let first: number | undefined;
      for (const write of writes.values()) {
        if (write.until === Infinity) continue;
        first ??= write.until;
        if (write.borrower !== borrower) continue;
        first = write.until;
        break;
      }
      return first === undefined ? WAIT_WHILE_RUNNING_MS : Math.max(1, first - now());
    },
    state: () => {
      forgetOld();
      return { keys: writes.size, bytes: memory.state().held };
    },
  };
};
