import { Cluster, Redis as Client, type RedisOptions } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonic } from '../time/clock.ts';
import { parseRedisUrl } from './redis-url.ts';

/** A connection to one Redis, to the master that Sentinels name, or to a cluster. */
export type RedisClient = Client | Cluster;

/** A Redis client whose failures are not errors: the gateway works without Redis as well. */
export interface Redis {
  client: RedisClient;
  /** Runs commands and returns their result; undefined if Redis is unreachable or slow. Waits at most 100 ms; never throws. */
  tryRun<T>(commands: (client: RedisClient) => Promise<T>): Promise<T | undefined>;
  /**
   * Runs commands that the caller cannot do without. They are retried for a second, so they must be idempotent. Undefined if Redis
   * did not answer in that time; never throws.
   */
  runWithRetry<T>(commands: (client: RedisClient) => Promise<T>): Promise<T | undefined>;
  /** True if it takes a write now. */
  isUsable: () => Promise<boolean>;
  /** Closes the connection; commands that are running fail. */
  close(): Promise<void>;
}

/** Short, since without Redis an operation only has to ask the cloud, which is not much slower than this. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** After this time without an answer to a command, the connection is replaced. */
const SOCKET_TIMEOUT_MS = 5_000;
/** After a failure, `tryRun` returns undefined for this time, so that not every operation waits. */
const PAUSE_AFTER_FAILURE_MS = 1_000;
const WARNING_INTERVAL_MS = 60_000;
/** How long, and with what delay between attempts, `runWithRetry` tries. */
const RETRY_TIME_MS = 1_000;
const RETRY_DELAY_MS = 40;
/** How often one command follows a slot of a cluster that has moved, or whose node does not answer. */
const MAX_REDIRECTIONS = 3;
/** A key that is written to see whether Redis takes writes. */
const PROBE_KEY = 'vpc-endpoint-graph:probe';

const delayReconnect = (times: number): number => Math.min(times * 100, MAX_RECONNECT_DELAY_MS);

const COMMAND_OPTIONS = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
  autoResendUnfulfilledCommands: false,
  // A master that has become a replica: connect again, to where the master is now.
  reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
} satisfies RedisOptions;

/**
 * Creates a client that connects in the background, and reconnects when the connection is lost. Commands that cannot be sent now are
 * dropped: the operation goes on without them.
 * @throws if the URL is malformed.
 */
export const createRedisClient = (url: string): RedisClient => {
  const target = parseRedisUrl(url);
  if (typeof target === 'string') throw new TypeError(`REDIS_URL ${target}`);
  const { mode, addresses, masterName, username, password, sentinelPassword, db, tls } = target;
  const credentials = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  };
  if (mode === 'cluster')
    return new Cluster(addresses, {
      redisOptions: { ...COMMAND_OPTIONS, ...credentials },
      // Certificates are for names, which addresses in the cluster's answers would replace.
      ...(tls && { dnsLookup: (address, callback) => callback(null, address) }),
      enableOfflineQueue: false,
      clusterRetryStrategy: delayReconnect,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      maxRedirections: MAX_REDIRECTIONS,
      retryDelayOnFailover: RETRY_DELAY_MS,
      retryDelayOnClusterDown: RETRY_DELAY_MS,
      retryDelayOnTryAgain: RETRY_DELAY_MS,
    });
  return new Client({
    ...COMMAND_OPTIONS,
    ...credentials,
    db,
    enableOfflineQueue: false,
    retryStrategy: delayReconnect,
    ...(mode === 'sentinel'
      ? {
          sentinels: addresses,
          name: masterName!,
          ...(sentinelPassword !== undefined && { sentinelPassword }),
          ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
          sentinelRetryStrategy: delayReconnect,
          sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
        }
      : addresses[0]),
  });
};

/** One word for a failure. The message of an error is not logged, since it can contain the host. */
export const describeRedisFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (/timed out/i.test(error.message)) return 'TIMEOUT';
  return /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? error.name;
};

/** Fails if a result takes longer than a time: commands to a cluster are repeated, each within its own time. */
const within = async <T>(ms: number, result: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Command timed out')), ms);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Writes a key that ends by itself soon, by a script as most writes are. */
export const probeWrite = (client: RedisClient): Promise<unknown> =>
  client.eval("return redis.call('SET', KEYS[1], '1', 'PX', 1000)", 1, PROBE_KEY);

/** The Redis of a gateway: its client, and commands whose failures are warned of. */
export const connectRedis = (url: string, log: { warn: (facts: object, message: string) => void }): Redis => {
  let pausedUntil = 0;
  let warnedAt = -Infinity;
  let isClosing = false;
  const client = createRedisClient(url);

  const warn = (reason: string): void => {
    const now = monotonic();
    if (isClosing || now - warnedAt < WARNING_INTERVAL_MS) return;
    warnedAt = now;
    log.warn({ reason }, 'Redis cannot be used; the gateway goes on without it');
  };
  // Without a listener an error of the connection would end the process.
  client.on('error', (error) => warn(describeRedisFailure(error)));
  client.on('close', () => warn('CLOSED'));

  return {
    client,
    isUsable: async () => {
      if (client.status !== 'ready') return false;
      return within(COMMAND_TIMEOUT_MS, probeWrite(client)).then(
        () => true,
        () => false,
      );
    },
    tryRun: async (commands) => {
      if (client.status !== 'ready' || monotonic() < pausedUntil) return undefined;
      try {
        return await within(COMMAND_TIMEOUT_MS, commands(client));
      } catch (error) {
        pausedUntil = monotonic() + PAUSE_AFTER_FAILURE_MS;
        warn(describeRedisFailure(error));
        return undefined;
      }
    },
    runWithRetry: async (commands) => {
      const end = monotonic() + RETRY_TIME_MS;
      for (;;) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- attempts are made one after the other
          if (client.status === 'ready') return await commands(client);
        } catch (error) {
          warn(describeRedisFailure(error));
        }
        if (isClosing || monotonic() > end) return undefined;
        await wait(RETRY_DELAY_MS); // oxlint-disable-line no-await-in-loop
      }
    },
    close: async () => {
      isClosing = true;
      try {
        await client.quit();
      } catch {
        // Redis is unreachable, so the connection is closed without QUIT.
      } finally {
        client.disconnect();
      }
    },
  };
};
