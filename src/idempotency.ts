import { createHash } from 'node:crypto';
import { clientError } from './client-error.ts';

interface Remembered {
  input: string;
  result: Promise<unknown>;
  until: number;
}

/** Makes double submits one call, for as long as the process lives. */
export interface Idempotency {
  /**
   * Runs a write, or gives what the same caller's write with this key gave. The same key with another input is `CONFLICT`.
   * Without a key the write just runs.
   */
  once: <T>(
    caller: string,
    key: string | null | undefined,
    input: unknown,
    run: () => Promise<T>,
  ) => Promise<T>;
}

const REMEMBERED_MS = 10 * 60 * 1000;
const MOST_REMEMBERED = 10_000;

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/** A memory of writes. It holds no token: callers are told apart by a digest. */
export const createIdempotency = (now: () => number = Date.now): Idempotency => {
  const writes = new Map<string, Remembered>();

  const forgetOld = () => {
    for (const [name, { until }] of writes) {
      if (until > now() && writes.size < MOST_REMEMBERED) break; // in the order they came: what follows is younger
      writes.delete(name);
    }
  };

  return {
    once: async <T>(
      caller: string,
      key: string | null | undefined,
      input: unknown,
      run: () => Promise<T>,
    ): Promise<T> => {
      if (key == null) return run();
      forgetOld();
      const name = digest([caller, key]);
      const asked = digest(input);
      const known = writes.get(name);
      if (known) {
        if (known.input === asked) return known.result as Promise<T>;
        throw clientError(
          'CONFLICT',
          'This `idempotencyKey` was used with another input. Take a new key for a new change.',
        );
      }
      const result = run();
      writes.set(name, { input: asked, result, until: now() + REMEMBERED_MS });
      // What failed before it ran may be tried again with the same key.
      result.catch(() => writes.delete(name));
      return result;
    },
  };
};
