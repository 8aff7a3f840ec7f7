import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { clientError } from '../errors/client-error.ts';
import { ClientAborted, CallLimitReached, DeadlineExceeded } from '../http/errors.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import { createIdempotencyStore, reusedKeyError, type IdempotencyStore } from './idempotency-store.ts';
import type { RedisIdempotency } from './redis-idempotency.ts';
import { monotonic } from '../time/clock.ts';

/** One submission of a write. */
export interface IdempotentWrite<T> {
  /** The caller and the mutation that the key belongs to, as text without credentials. */
  owner: string;
  /** The caller whose share of the memory is used. */
  borrower: string;
  key: string | null | undefined;
  input: unknown;
  run: () => Promise<T>;
  /** Whether a result means that the write ran, or may have. Refusals that certainly changed nothing are not stored. */
  mayHaveRun: (result: T) => boolean;
  /** The result if the write may have run on another replica, and its outcome is lost. */
  unknownOutcome: () => T;
  /** Converts the stored result for a submission that did not run the write. */
  replay: (result: T) => Promise<T>;
  /** Milliseconds left for the operation. */
  left: () => number;
  signal: AbortSignalLike | undefined;
}

/** Runs repeated submissions of a write once: within the process, and on all replicas if they share a Redis. */
export interface Idempotency {
  /**
   * Runs a write, or returns the result of an earlier one with the same owner and key. Without a key, the write is always run.
   * @throws without running the write: `CONFLICT` for the same key with another input, `RATE_LIMITED` if the borrower's share is used
   * up, `UPSTREAM_BUSY` if Redis is unreachable or another replica is still running the write.
   */
  runOnce: <T>(submit: IdempotentWrite<T>) => Promise<T>;
  state: IdempotencyStore['state'];
  /** The most bytes of all stored writes. */
  limit: number;
}

const TOTAL_BYTES = 8 * 1024 * 1024;

const digest = (text: string): string => hash('sha256', text, 'base64url');

/** Canonical JSON: names are sorted, and null is left out, since in every input it means the same as a missing field. */
const canonical = (input: unknown): string =>
  JSON.stringify(input, (_, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    const present = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
    return Object.fromEntries(present.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

const shareUsedUpError = (retryAfterMs: number) =>
  clientError(
    'RATE_LIMITED',
    'As many writes with an `idempotencyKey` are remembered as one caller may have: nothing was sent. Send it again in ' +
      `${Math.ceil(retryAfterMs / 1000)} s, or without a key.`,
    { retryAfterMs },
  );

/** Whether a run failed, before anything was sent, for a reason that concerns only the operation that ran it. */
const isCausedByCaller = (error: unknown): boolean => {
  const root = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  return (
    root instanceof ClientAborted || root instanceof DeadlineExceeded || root instanceof CallLimitReached
  );
};

/** Idempotency with results in memory and, if `shared` is given, in Redis. Keys and inputs are stored as digests. */
export const createIdempotency = (
  now: () => number = monotonic,
  totalBytes: number = TOTAL_BYTES,
  shared?: RedisIdempotency,
): Idempotency => {
  const writes = createIdempotencyStore(now, totalBytes);

  const runOnce = async <T>(submit: IdempotentWrite<T>): Promise<T> => {
    const { owner, borrower, key, unknownOutcome, left, signal } = submit;
    if (key == null) return submit.run();
    const name = digest(JSON.stringify([owner, key]));
    const input = digest(canonical(submit.input));
    const stored = writes.get(name);
    if (stored && stored.input !== input) throw reusedKeyError();
    /** Whether this submission ran the write. Results from another replica are not stored here. */
    let ran = false;
    const mayHaveRun = (result: T) => ran && submit.mayHaveRun(result);
    const runOwn = () => {
      ran = true;
      return submit.run();
    };
    const write = { input, run: runOwn, mayHaveRun, unknownOutcome, left, signal };
    const run = () => (shared ? shared.runOnce(name, write) : runOwn());
    const result = stored?.result ?? writes.run(name, { borrower, input, run, mayHaveRun });
    if (!result) throw shareUsedUpError(writes.retryAfterMs(borrower));
    let value: T;
    try {
      value = (await result) as T;
    } catch (error) {
      if (stored && isCausedByCaller(error)) return runOnce(submit);
      throw error;
    }
    return ran ? value : submit.replay(value);
  };

  return { runOnce, state: writes.state, limit: totalBytes };
};
