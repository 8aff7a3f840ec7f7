import { Redis as Client } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonic } from '../time/clock.ts';

/** A Redis client whose failures are not errors: the gateway works without Redis as well. */
export interface Redis {
  client: Client;
  /** Runs commands and returns their result; undefined if Redis is unreachable or slow. Waits at most 100 ms; never throws. */
  tryRun<T>(commands: (client: Client) => Promise<T>): Promise<T | undefined>;
  /**
   * Runs commands that the caller cannot do without. They are retried for a second, so they must be idempotent. Undefined if Redis
   * did not answer in that time; never throws.
   */
  runWithRetry<T>(commands: (client: Client) => Promise<T>): Promise<T | undefined>;
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

/** One word for a failure. The message of an error is not logged, since it can contain the host. */
const describeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (/timed out/i.test(error.message)) return 'TIMEOUT';
  return /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? error.name;
};

/** A client that connects in the background, and reconnects when the connection is lost. */
export const connectRedis = (url: string, log: { warn: (facts: object, message: string) => void }): Redis => {
  let pausedUntil = 0;
  let warnedAt = -Infinity;
  let isClosing = false;
  const client = new Client(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
    // Commands that cannot be sent now are dropped: the operation goes on without them.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  });

  const warn = (reason: string): void => {
    const now = monotonic();
    if (isClosing || now - warnedAt < WARNING_INTERVAL_MS) return;
    warnedAt = now;
    log.warn({ reason }, 'Redis cannot be used; the gateway goes on without it');
  };
  // Without a listener an error of the connection would end the process.
  client.on('error', (error) => warn(describeFailure(error)));
  client.on('close', () => warn('CLOSED'));

  return {
    client,
    tryRun: async (commands) => {
      if (client.status !== 'ready' || monotonic() < pausedUntil) return undefined;
      try {
        return await commands(client);
      } catch (error) {
        pausedUntil = monotonic() + PAUSE_AFTER_FAILURE_MS;
        warn(describeFailure(error));
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
          warn(describeFailure(error));
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
