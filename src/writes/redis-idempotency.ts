import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { clientError } from '../errors/client-error.ts';
import { ClientAborted } from '../http/errors.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import type { Project } from '../http/request.ts';
import type { Redis } from '../cache/redis.ts';
import { reusedKeyError, RETENTION_MS, resultTooLargeError } from './idempotency-store.ts';

/** A submission of a write with a key on this replica. */
export interface KeyedWrite<T> {
  /** A digest of its input. */
  input: string;
  run: () => Promise<T>;
  /** Whether a result means that the write ran, or may have. */
  mayHaveRun: (result: T) => boolean;
  /** The result if the write may have run, and its outcome is lost. */
  unknownOutcome: () => T;
  /** Milliseconds left for the operation. */
  left: () => number;
  signal: AbortSignalLike | undefined;
}

/** Runs a write once on all replicas. */
export interface RedisIdempotency {
  /**
   * Runs a write, or returns its result from another replica that has run it or is running it.
   * @throws without running the write: `CONFLICT` for another input, `UPSTREAM_BUSY` if Redis does not answer, or the other replica
   * takes too long.
   */
  runOnce: <T>(name: string, write: KeyedWrite<T>) => Promise<T>;
}

/** A replica that runs a write renews a mark of this lifetime. Without the mark it has died, and the outcome of the write is lost. */
const RUNNING_TTL_MS = 3_000;
const RENEW_INTERVAL_MS = 1_000;
const POLL_INTERVAL_MS = 60;
/** Waiting for another replica ends when less time than this is left for the operation. */
const MIN_REMAINING_MS = 500;
const MAX_RESULT_LENGTH = 256 * 1024;

/** Claims a free key and returns 1. Otherwise returns its record, and whether a replica is still running the write. */
const CLAIM = `
local record = redis.call('GET', KEYS[1])
if record and record ~= ARGV[1] then return { record, redis.call('EXISTS', KEYS[2]) } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return 1`;

/** Replaces the claim with a result, unless another claim or a result is there. */
const FINISH = `
local record = redis.call('GET', KEYS[1])
if record and record ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end
return 1`;

/** The record of a key in Redis. It has neither `result` nor `tooLarge` until the write has ended. */
const StoredRecord = z.object({
  input: z.string(),
  result: z.string().optional(),
  tooLarge: z.boolean().optional(),
});
const ClaimResult = z.tuple([z.string(), z.number()]);

const redisUnreachableError = () =>
  clientError(
    'UPSTREAM_BUSY',
    'Replicas know keys by Redis, and it does not answer: nothing was sent. Send it again in a while, or without a key.',
  );
const stillRunningError = () =>
  clientError(
    'UPSTREAM_BUSY',
    'The write with this `idempotencyKey` still runs on another replica: nothing was sent again. Send it once more in a while.',
  );

const redisKeys = (name: string): [string, string] => {
  const key = `vpc-endpoint-graph:key:{${name}}`;
  return [key, `${key}:runs`];
};

/** Serializes results. A project, which holds secrets, is stored by its ids, and replaced by the configured project when read. */
const createResultCodec = (projects: readonly Project[]) => ({
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

/** Parses a record; null if it is not valid. */
const parseRecord = (text: string): z.output<typeof StoredRecord> | null => {
  try {
    return StoredRecord.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/** Idempotency by records in Redis. Names and inputs are digests. */
export const createRedisIdempotency = (redis: Redis, projects: readonly Project[]): RedisIdempotency => {
  const codec = createResultCodec(projects);
  const run = (script: string, keys: readonly string[], ...args: (string | number)[]) =>
    redis.runWithRetry((client) => client.eval(script, keys.length, ...keys, ...args));

  /** Runs a claimed write, and stores its result. If Redis is unreachable at its end, other replicas treat its outcome as lost. */
  const runClaimed = async <T>(keys: readonly string[], claim: string, write: KeyedWrite<T>): Promise<T> => {
    const [, runningKey] = keys;
    const renewal = setInterval(() => {
      void redis.runWithRetry((client) => client.set(runningKey!, '1', 'PX', RUNNING_TTL_MS));
    }, RENEW_INTERVAL_MS).unref();
    let newRecord: object | null = null;
    try {
      const result = await write.run();
      if (write.mayHaveRun(result)) {
        const { input } = write;
        newRecord = { input, tooLarge: true };
        const text = codec.write(result);
        if (text.length <= MAX_RESULT_LENGTH) newRecord = { input, result: text };
      }
      return result;
    } finally {
      clearInterval(renewal);
      await (newRecord
        ? run(FINISH, keys, claim, JSON.stringify(newRecord), RETENTION_MS)
        : run(RELEASE, keys, claim));
    }
  };

  return {
    runOnce: async <T>(name: string, write: KeyedWrite<T>): Promise<T> => {
      const keys = redisKeys(name);
      const { input } = write;
      const claim = JSON.stringify({ input, by: randomUUID() });
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- requests are sent one after the other
        const answer = await run(CLAIM, keys, claim, RETENTION_MS, RUNNING_TTL_MS);
        if (answer === undefined) throw redisUnreachableError();
        if (answer === 1) return runClaimed(keys, claim, write);
        const [text, isAlive] = ClaimResult.parse(answer);
        const record = parseRecord(text);
        if (record && record.input !== input) throw reusedKeyError();
        if (record?.tooLarge) throw resultTooLargeError();
        if (record?.result !== undefined) {
          try {
            return codec.read(record.result) as T;
          } catch {
            return write.unknownOutcome();
          }
        }
        if (isAlive === 0) return write.unknownOutcome();
        if (write.signal?.aborted) throw new ClientAborted();
        if (write.left() < MIN_REMAINING_MS) throw stillRunningError();
        await wait(POLL_INTERVAL_MS); // oxlint-disable-line no-await-in-loop
      }
    },
  };
};
