import { Cluster } from 'ioredis';
import { createRedisClient, describeRedisFailure, probeWrite, type RedisClient } from '../cache/redis.ts';
import { fail, type Finding, pass, skip, warn } from './finding.ts';
import { withTimeout } from './probe.ts';
import { monotonic } from '../time/clock.ts';

/** Time limit to connect, with all attempts. */
const CONNECT_TIMEOUT_MS = 4_000;

const HINTS: Readonly<Record<string, string>> = {
  WRONGPASS: 'Check user and password in REDIS_URL',
  NOAUTH: 'Give user and password in REDIS_URL',
  NOPERM:
    'Let this user of Redis run SET, GET, DEL, EVAL and INFO on keys that begin with vpc-endpoint-graph',
  READONLY: 'It is a replica: name the master in REDIS_URL, or its Sentinels',
  CLUSTERDOWN: 'Look at the cluster: some of its slots have no node',
  MOVED: 'It is a node of a cluster: write `redis-cluster` in REDIS_URL',
};

const findHint = (failure: string): string =>
  HINTS[failure] ?? 'Check REDIS_URL, and whether Redis runs and can be reached from this machine';

const failed = (check: string, words: string, error: unknown): Finding => {
  const failure = describeRedisFailure(error);
  return fail(check, `${words} (${failure})`, findHint(failure));
};

/** Resolves to undefined when the client is connected, and to the last error if it is not in time. */
const connect = (client: RedisClient): Promise<unknown> => {
  let last = new Error('Connection timed out');
  client.on('error', (error: Error) => {
    last = error;
  });
  const ready = new Promise<boolean>((resolve) => {
    client.once('ready', () => resolve(true));
  });
  return withTimeout(CONNECT_TIMEOUT_MS, ready, false).then((isReady) => (isReady ? undefined : last));
};

const checkWrites = async (client: RedisClient): Promise<Finding> => {
  try {
    await probeWrite(client);
    return pass('redis writes', 'it takes writes and scripts');
  } catch (error) {
    return failed('redis writes', 'it takes no writes', error);
  }
};

/** Settings that keep data, and the values that do. */
const KEEPING = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' };

const readSetting = async (client: RedisClient, name: string): Promise<string> => {
  const answer: unknown = await client.config('GET', name);
  const [, value] = Array.isArray(answer) ? (answer as unknown[]) : Object.entries(answer as object).flat();
  return String(value);
};

/** Reads whether data is kept; in a cluster, that of each master. */
const checkPersistence = async (client: RedisClient): Promise<Finding> => {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const hint =
    'Set appendonly yes and maxmemory-policy noeviction: keys and locks that are lost let a write run twice';
  try {
    const settings = await Promise.all(
      nodes.flatMap((node) =>
        Object.entries(KEEPING).map(async ([name, wanted]) => {
          const value = await readSetting(node, name);
          return { words: `${name} ${value}`, keeps: value === wanted };
        }),
      ),
    );
    const losing = new Set(settings.filter(({ keeps }) => !keeps).map(({ words }) => words));
    return losing.size === 0
      ? pass('redis data', 'it keeps its data')
      : warn('redis data', `it may lose data: ${[...losing].join(', ')}`, hint);
  } catch (error) {
    return skip('redis data', `its settings cannot be read (${describeRedisFailure(error)})`, hint);
  }
};

/** Checks the Redis of the gateway: the connection, whether it takes writes, and whether it keeps them. */
export const checkRedis = async (url: string): Promise<Finding[]> => {
  const client = createRedisClient(url);
  try {
    const error = await connect(client);
    if (error !== undefined) return [failed('redis', 'no connection', error)];
    const started = monotonic();
    await client.ping();
    const answered = pass('redis', `answered in ${Math.round(monotonic() - started)} ms`);
    return [answered, await checkWrites(client), await checkPersistence(client)];
  } catch (error) {
    return [failed('redis', 'it does not answer', error)];
  } finally {
    client.disconnect();
  }
};
