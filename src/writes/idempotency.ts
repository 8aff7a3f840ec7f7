import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { clientError } from '../errors/client-error.ts';
import { ClientAborted, CallLimitReached, DeadlineExceeded } from '../http/errors.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import { createIdempotencyStore, reusedKeyError, type IdempotencyStore } from './idempotency-store.ts';
import type { RedisIdempotency } from './redis-idempotency.ts';

/** One submit of a write. */
export interface IdempotentWrite<T> {
  /** Whose keys they are, and of which mutation: text without anything that a caller proves itself with. */
  owner: string;
  /** Who has to share the memory with the others. */
  borrower: string;
  key: string | null | undefined;
  input: unknown;
  run: () => Promise<T>;
  /** Whether it ran, or may have: a refusal that certainly changed nothing is not remembered. */
  mayHaveRun: (result: T) => boolean;
  /** What is told where it may have run, on another replica, and nobody knows. */
  unknownOutcome: () => T;
  /** Tells one who did not run it what came of it. */
  replay: (result: T) => Promise<T>;
  /** Milliseconds that its caller has. */
  left: () => number;
  signal: AbortSignalLike | undefined;
}

/** Makes double submits one call: within the process, and where keys are shared on all replicas. */
export interface Idempotency {
  /**
   * Runs a write, or gives what the write with the same key of the same owner gave. Without a key the write just runs.
   * @throws `CONFLICT` for the same key with another input, `RATE_LIMITED` where the borrower's share is used up, `UPSTREAM_BUSY`
   * where other replicas cannot be asked, or one of them still runs it: nothing is sent.
   */
  runOnce: <T>(submit: IdempotentWrite<T>) => Promise<T>;
  state: IdempotencyStore['state'];
  /** Bytes that there may be at most. */
  limit: number;
}

const TOTAL_BYTES = 8 * 1024 * 1024;

const digest = (text: string): string => hash('sha256', text, 'base64url');

/** JSON in which null and missing are the same, as they are in every input, and the order of names does not count. */
const canonical = (input: unknown): string =>
  JSON.stringify(input, (_, value: unknown) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    const given = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
    return Object.fromEntries(given.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

const usedUp = (retryAfterMs: number) =>
  clientError(
    'RATE_LIMITED',
    'As many writes with an `idempotencyKey` are remembered as one caller may have: nothing was sent. Send it again in ' +
      `${Math.ceil(retryAfterMs / 1000)} s, or without a key.`,
    { retryAfterMs },
  );

/** Whether a run ended for a reason of the one who submitted it, before anything was sent: another one may run it. */
const isOfItsCaller = (error: unknown): boolean => {
  const root = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  return (
    root instanceof ClientAborted || root instanceof DeadlineExceeded || root instanceof CallLimitReached
  );
};

/** A memory of writes, by digests: it holds no token and no input. What other replicas ran is asked for where keys are shared. */
export const createIdempotency = (
  now: () => number = Date.now,
  totalBytes: number = TOTAL_BYTES,
  shared?: RedisIdempotency,
): Idempotency => {
  const writes = createIdempotencyStore(now, totalBytes);

  const runOnce = async <T>(submit: IdempotentWrite<T>): Promise<T> => {
    const { owner, borrower, key, unknownOutcome, left, signal } = submit;
    if (key == null) return submit.run();
    const name = digest(JSON.stringify([owner, key]));
    const input = digest(canonical(submit.input));
    const known = writes.get(name);
    if (known && known.input !== input) throw reusedKeyError();
    /** Only this submit knows what it ran; what another replica ran is remembered there. */
    let ran = false;
    const mayHaveRun = (result: T) => ran && submit.mayHaveRun(result);
    const runOwn = () => {
      ran = true;
      return submit.run();
    };
    const write = { input, run: runOwn, mayHaveRun, unknownOutcome, left, signal };
    const run = () => (shared ? shared.runOnce(name, write) : runOwn());
    const result = known?.result ?? writes.run(name, { borrower, input, run, mayHaveRun });
    if (!result) throw usedUp(writes.retryAfterMs(borrower));
    let told: T;
    try {
      told = (await result) as T;
    } catch (error) {
      if (known && isOfItsCaller(error)) return runOnce(submit);
      throw error;
    }
    return ran ? told : submit.replay(told);
  };

  return { runOnce, state: writes.state, limit: totalBytes };
};
