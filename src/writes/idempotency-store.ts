import { clientError } from '../errors/client-error.ts';
import { createFairShare, type Release } from '../capacity/fair-share.ts';

/** A write that is running or has run. */
interface StoredWrite {
  borrower: string;
  input: string;
  result: Promise<unknown>;
  /** On the monotonic clock; infinite while the write runs. */
  expiresAt: number;
  release: Release;
}

/** A write to run. */
interface WriteRequest<T> {
  /** The caller whose share of the memory is used. */
  borrower: string;
  /** A digest of its input. */
  input: string;
  run: () => Promise<T>;
  /** Whether a result means that the write ran, or may have. Refusals that certainly changed nothing are not stored. */
  mayHaveRun: (result: T) => boolean;
}

/** Results of writes by name. Each is kept for ten minutes from its end, never for less. */
export interface IdempotencyStore {
  get: (name: string) => { input: string; result: Promise<unknown> } | undefined;
  /** Runs a write under a new name. Null, without running it, if the borrower's share of the memory is used up. */
  run: <T>(name: string, write: WriteRequest<T>) => Promise<T> | null;
  /** Milliseconds until memory of the borrower becomes free. */
  retryAfterMs: (borrower: string) => number;
  /** The number of stored writes, and their estimated bytes. */
  state: () => { keys: number; bytes: number };
}

/** How long a result is kept after the end of its write. */
export const RETENTION_MS = 10 * 60 * 1000;
/** Memory of a write without its result: two digests, and the objects that hold them. */
const WRITE_BYTES = 1024;
/** Memory reserved for a result while its write runs; a larger result takes more at its end. */
const EXPECTED_RESULT_BYTES = 4096;
const RETRY_WHILE_RUNNING_MS = 1_000;

/** Estimated bytes of a write with its result: two for each character. */
const measure = (result: unknown): number => WRITE_BYTES + (JSON.stringify(result)?.length ?? 0) * 2;

/** The error for a key that was used with another input. */
export const reusedKeyError = () =>
  clientError(
    'CONFLICT',
    'This `idempotencyKey` was used with another input. Take a new key for a new change.',
  );

/** The error for a key whose write ran, and whose result was too large to store. */
export const resultTooLargeError = () =>
  clientError(
    'CONFLICT',
    'The write with this `idempotencyKey` was sent, and its result is too large to be told again. Read what it changed.',
  );

/** An empty store of at most `totalBytes`; one borrower can use at most three quarters of them. */
export const createIdempotencyStore = (now: () => number, totalBytes: number): IdempotencyStore => {
  const share = createFairShare({ total: totalBytes, queue: 0 });
  /** Finished writes are in the order of their ends. */
  const writes = new Map<string, StoredWrite>();

  const remove = (name: string): void => {
    writes.get(name)?.release();
    writes.delete(name);
  };
  const removeExpired = (): void => {
    for (const [name, { expiresAt }] of writes) {
      if (expiresAt <= now()) remove(name);
      else if (expiresAt < Infinity) break; // the writes after it ended later, or are running
    }
  };

  /** Changes the reserved memory of a write to what it needs; false if its borrower has not enough left. */
  const resize = (write: StoredWrite, lent: number, needed: number): boolean => {
    if (needed <= lent) {
      write.release(lent - needed);
      return true;
    }
    const more = needed <= totalBytes ? share.takeNow(write.borrower, needed - lent) : null;
    if (!more) return false;
    const first = write.release;
    write.release = () => {
      first();
      more();
    };
    return true;
  };

  const storeResult = (name: string, write: StoredWrite, lent: number, result: unknown): void => {
    if (!resize(write, lent, measure(result))) {
      resize(write, lent, WRITE_BYTES);
      write.result = Promise.reject(resultTooLargeError());
      write.result.catch(() => {});
    }
    write.expiresAt = now() + RETENTION_MS;
    writes.delete(name);
    writes.set(name, write);
  };

  return {
    get: (name) => {
      removeExpired();
      return writes.get(name);
    },
    run: (name, { borrower, input, run, mayHaveRun }) => {
      removeExpired();
      const lent = WRITE_BYTES + EXPECTED_RESULT_BYTES;
      const release = share.takeNow(borrower, lent);
      if (!release) return null;
      const result = run();
      const write: StoredWrite = { borrower, input, result, expiresAt: Infinity, release };
      writes.set(name, write);
      result.then(
        (value) => (mayHaveRun(value) ? storeResult(name, write, lent, value) : remove(name)),
        () => remove(name),
      );
      return result;
    },
    retryAfterMs: (borrower) => {
      let first: number | undefined;
      for (const write of writes.values()) {
        if (write.expiresAt === Infinity) continue;
        first ??= write.expiresAt;
        if (write.borrower !== borrower) continue;
        first = write.expiresAt;
        break;
      }
      return first === undefined ? RETRY_WHILE_RUNNING_MS : Math.max(1, first - now());
    },
    state: () => {
      removeExpired();
      return { keys: writes.size, bytes: share.state().held };
    },
  };
};
