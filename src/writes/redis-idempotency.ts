import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { clientError } from '../errors/client-error.ts';
import { ClientAborted } from '../http/errors.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import type { Project } from '../http/request.ts';
import type { Redis } from '../cache/redis.ts';
import { reusedKeyError, RETENTION_MS, resultTooLargeError } from './idempotency-store.ts';

/** A write with a key, as one replica was asked for it. */
export interface KeyedWrite<T> {
  /** A digest of its input. */
  input: string;
  run: () => Promise<T>;
  /** Whether it ran, or may have. */
  mayHaveRun: (result: T) => boolean;
  /** What is told where it may have run and nobody knows. */
  unknownOutcome: () => T;
  /** Milliseconds that its caller has. */
  left: () => number;
  signal: AbortSignalLike | undefined;
}

/** Makes the same key one write on all replicas. */
export interface RedisIdempotency {
  /**
   * Runs a write unless another replica ran it, or does; gives what it gave then.
   * @throws `CONFLICT` for another input, `UPSTREAM_BUSY` where Redis does not answer or the other replica takes too long: nothing
   * was sent then.
   */
  runOnce: <T>(name: string, write: KeyedWrite<T>) => Promise<T>;
}

/** A replica that has not said for so long that it runs a write is taken for dead: what became of the write is not known. */
const ALIVE_MS = 3_000;
const RENEWED_EVERY_MS = 1_000;
const ASKED_EVERY_MS = 60;
/** Left for the answer of one who waits for another replica. */
const SPARE_MS = 500;
const LONGEST_RESULT = 256 * 1024;

/** Takes a key that nobody has: 1. Else gives what is known of it, and whether the replica that runs it still says so. */
const CLAIM = `
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] then return { known, redis.call('EXISTS', KEYS[2]) } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return 1`;

/** Puts a result in the place of the claim; never in that of another one. */
const FINISH = `
local known = redis.call('GET', KEYS[1])
if known and known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`;

const FORGET = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end
return 1`;

/** Of a key in Redis: whose it is, and what came of it. What is neither is of a write whose replica has not told yet. */
const Known = z.object({
  input: z.string(),
  result: z.string().optional(),
  tooLarge: z.boolean().optional(),
});
const Claimed = z.tuple([z.string(), z.number()]);

const notAsked = () =>
  clientError(
    'UPSTREAM_BUSY',
    'Replicas know keys by Redis, and it does not answer: nothing was sent. Send it again in a while, or without a key.',
  );
const stillRuns = () =>
  clientError(
    'UPSTREAM_BUSY',
    'The write with this `idempotencyKey` still runs on another replica: nothing was sent again. Send it once more in a while.',
  );

const namesOf = (name: string): [string, string] => {
  const key = `vpc-endpoint-graph:key:{${name}}`;
  return [key, `${key}:runs`];
};

/** Results as texts. A project goes by its name, and comes back as it is configured: it holds secrets. */
const textsOf = (projects: readonly Project[]) => ({
  write: (result: unknown): string =>
    JSON.stringify(result, (_, value: unknown) => {
      const project = projects.find((one) => one === value);
      return project ? { $project: [project.region, project.projectId] } : value;
    }) ?? 'null',
  read: (text: string): unknown =>
    JSON.parse(text, (_, value: unknown) => {
      const named = typeof value === 'object' && value !== null && '$project' in value && value.$project;
      if (!Array.isArray(named)) return value;
      const project = projects.find(({ region, projectId }) => region === named[0] && projectId === named[1]);
      if (!project) throw new Error('The project is not served any more');
      return project;
    }),
});

/** What is known of a key, where it can be read. */
const knownOf = (text: string): z.output<typeof Known> | null => {
  try {
    return Known.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/** Knows by Redis what other replicas run and ran. Names and inputs are digests. */
export const createRedisIdempotency = (redis: Redis, projects: readonly Project[]): RedisIdempotency => {
  const texts = textsOf(projects);
  const run = (script: string, names: readonly string[], ...args: (string | number)[]) =>
    redis.runWithRetry((client) => client.eval(script, names.length, ...names, ...args));

  /** Runs a write under a claim. Where Redis does not hear of its end, it stays a write of which nothing is known. */
  const runClaimed = async <T>(names: readonly string[], claim: string, write: KeyedWrite<T>): Promise<T> => {
    const [, alive] = names;
    const renewal = setInterval(() => {
      void redis.runWithRetry((client) => client.set(alive!, '1', 'PX', ALIVE_MS));
    }, RENEWED_EVERY_MS).unref();
    let kept: object | null = null;
    try {
      const result = await write.run();
      if (write.mayHaveRun(result)) {
        const { input } = write;
        kept = { input, tooLarge: true };
        const text = texts.write(result);
        if (text.length <= LONGEST_RESULT) kept = { input, result: text };
      }
      return result;
    } finally {
      clearInterval(renewal);
      await (kept
        ? run(FINISH, names, claim, JSON.stringify(kept), RETENTION_MS)
        : run(FORGET, names, claim));
    }
  };

  return {
    runOnce: async <T>(name: string, write: KeyedWrite<T>): Promise<T> => {
      const names = namesOf(name);
      const { input } = write;
      const claim = JSON.stringify({ input, by: randomUUID() });
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one question after the other
        const answer = await run(CLAIM, names, claim, RETENTION_MS, ALIVE_MS);
        if (answer === undefined) throw notAsked();
        if (answer === 1) return runClaimed(names, claim, write);
        const [text, isAlive] = Claimed.parse(answer);
        const known = knownOf(text);
        if (known && known.input !== input) throw reusedKeyError();
        if (known?.tooLarge) throw resultTooLargeError();
        if (known?.result !== undefined) {
          try {
            return texts.read(known.result) as T;
          } catch {
            return write.unknownOutcome();
          }
        }
        if (isAlive === 0) return write.unknownOutcome();
        if (write.signal?.aborted) throw new ClientAborted();
        if (write.left() < SPARE_MS) throw stillRuns();
        await wait(ASKED_EVERY_MS); // oxlint-disable-line no-await-in-loop
      }
    },
  };
};
