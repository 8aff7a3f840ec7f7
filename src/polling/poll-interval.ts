import { RETRYABLE } from '../errors/error-codes.ts';
import { UpstreamError, UpstreamRefusal } from '../http/errors.ts';

/** How often and how long something is looked at until it settles. */
export interface PollInterval {
  /** The first wait; each one without news is twice as long. */
  firstWaitMs: number;
  /** How long one subscription goes on. */
  limitMs: number;
  /** How long after a write the cloud may still show what was there before it. */
  lagMs: number;
}

/** The wait after some looks without news: doubling up to the longest, with jitter that only shortens it. */
export const nextWaitMs = (
  quietLooks: number,
  { firstWaitMs }: Pick<PollInterval, 'firstWaitMs'>,
  longestWaits: number,
  random = Math.random,
): number => firstWaitMs * Math.min(longestWaits, 2 ** quietLooks) * (0.75 + random() / 4);

/** Whether looking again can turn a failure into an answer. */
export const isRetryable = (error: Error): boolean =>
  error instanceof UpstreamError && RETRYABLE.has(error.code);

/** How long the cloud itself asked to be left alone. */
export const retryAfterMs = (error: unknown): number =>
  error instanceof UpstreamRefusal ? (error.facts.retryAfterMs ?? 0) : 0;
