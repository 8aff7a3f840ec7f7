import { Redis as Client } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';

/** Redis, as something that helps while it is there and is done without where it is not. */
export interface Redis {
  client: Client;
  /** What commands give; undefined where Redis is away, or too slow. It never waits long, and never throws. */
  tryRun<T>(commands: (client: Client) => Promise<T>): Promise<T | undefined>;
  /**
   * What commands give, for what cannot be done without Redis: they are sent again for a second where it is away or slow, and must
   * do no harm when they run twice. Undefined where it did not answer in that time; it never throws.
   */
  runWithRetry<T>(commands: (client: Client) => Promise<T>): Promise<T | undefined>;
  /** Whatever is on its way ends with it. */
  close(): Promise<void>;
}

/** Longer than this an answer from Redis is worth nothing: the cloud itself is not that much slower. */
const COMMAND_MS = 100;
const CONNECT_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;
/** A connection that says nothing for so long to what it is asked is given up for a new one. */
const SILENCE_MS = 5_000;
/** How long Redis is left alone after it failed, so that not every operation waits for it. */
const QUIET_MS = 1_000;
const WARNING_EVERY_MS = 60_000;
/** How long, and how often, Redis is asked for what cannot be done without it. */
const INSISTING_MS = 1_000;
const AGAIN_AFTER_MS = 40;

/** What went wrong in one word: the message of an error can name the host. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (/timed out/i.test(error.message)) return 'TIMEOUT';
  return /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? error.name;
};

/** Connects in the background, and again whenever the connection is lost. */
export const connectRedis = (url: string, log: { warn: (facts: object, message: string) => void }): Redis => {
  let quietUntil = 0;
  let warnedAt = -Infinity;
  let isClosing = false;
  const client = new Client(url, {
    commandTimeout: COMMAND_MS,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (times) => Math.min(times * 100, LONGEST_PAUSE_MS),
    // What cannot be asked now is not asked later either: the operation has gone on by then.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  });

  const warn = (reason: string): void => {
    const now = performance.now();
    if (isClosing || now - warnedAt < WARNING_EVERY_MS) return;
    warnedAt = now;
    log.warn({ reason }, 'Redis cannot be used; the gateway goes on without it');
  };
  // Without a listener an error of the connection would end the process.
  client.on('error', (error) => warn(reasonOf(error)));
  client.on('close', () => warn('CLOSED'));

  return {
    client,
    tryRun: async (commands) => {
      if (client.status !== 'ready' || performance.now() < quietUntil) return undefined;
      try {
        return await commands(client);
      } catch (error) {
        quietUntil = performance.now() + QUIET_MS;
        warn(reasonOf(error));
        return undefined;
      }
    },
    runWithRetry: async (commands) => {
      const end = performance.now() + INSISTING_MS;
      for (;;) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- a try comes after the one before it
          if (client.status === 'ready') return await commands(client);
        } catch (error) {
          warn(reasonOf(error));
        }
        if (isClosing || performance.now() > end) return undefined;
        await wait(AGAIN_AFTER_MS); // oxlint-disable-line no-await-in-loop
      }
    },
    close: async () => {
      isClosing = true;
      try {
        await client.quit();
      } catch {
        // It is not there to be told.
      } finally {
        client.disconnect();
      }
    },
  };
};
