import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { borrowerKey } from '../caller-key.ts';
import type { Refusal } from '../front-door.ts';
import type { Redis } from '../redis.ts';

/** Holds each caller to so many operations a minute. */
export interface RateLimit {
  /** Counts one operation; why it is not taken, where it is one too many. */
  refusalOf(request: IncomingMessage, subject: string | undefined): Promise<Refusal | null>;
}

/** How much, and where it is counted: without Redis in this process alone. */
interface RateLimitOptions {
  operations: number;
  namespace: string;
  redis: Redis | undefined;
}

const MINUTE_S = 60;

/**
 * Who is counted: the name that was checked, where there is one. Only without it the token, which anyone can make up; and only
 * without that the address, which many can have in common.
 */
const countedAs = ({ headers, socket }: IncomingMessage, subject: string | undefined): string => {
  const given = headers['x-auth-token'];
  const token = typeof given === 'string' && given !== '' ? given : undefined;
  return subject === undefined && token === undefined
    ? hash('sha256', `address ${socket.remoteAddress}`, 'base64url')
    : borrowerKey({ token, subject });
};

/** Milliseconds until the next operation is taken; 0 where this one is. */
const waitOf = async (counted: Promise<RateLimiterRes>): Promise<number> => {
  try {
    await counted;
    return 0;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(refused.msBeforeNext, 1);
    throw refused;
  }
};

/** Counts together with all replicas, and by itself while Redis is away. */
export const createRateLimit = ({ operations, namespace, redis }: RateLimitOptions): RateLimit => {
  const rule = { points: operations, duration: MINUTE_S, keyPrefix: `${namespace}:rate` };
  const own = new RateLimiterMemory(rule);
  const shared = redis && new RateLimiterRedis({ ...rule, storeClient: redis.client });
  return {
    refusalOf: async (request, subject) => {
      const who = countedAs(request, subject);
      const together = shared && (await redis.ask(() => waitOf(shared.consume(who))));
      const wait = together ?? (await waitOf(own.consume(who)));
      if (wait === 0) return null;
      const seconds = Math.ceil(wait / 1000);
      return {
        status: 429,
        code: 'RATE_LIMITED',
        message: `One caller may send ${operations} operations within a minute. Send the request again in ${seconds} s.`,
        headers: { 'retry-after': String(seconds) },
      };
    },
  };
};
