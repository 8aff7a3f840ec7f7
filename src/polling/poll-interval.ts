import { RETRYABLE } from '../errors/error-codes.ts';
import { UpstreamError, UpstreamRefusal } from '../http/errors.ts';

/** How often, and for how long, items are polled. */
export interface PollInterval {
  /** The first wait; it doubles after each poll without a change. */
  firstWaitMs: number;
  /** The longest time of one subscription. */
  limitMs: number;
  /** How long after a write the cloud may still return the state before it. */
  lagMs: number;
}

/** The wait in milliseconds after a number of polls without a change: it doubles up to the longest; jitter only shortens it. */
export const nextWaitMs = (
  unchangedPolls: number,
  { firstWaitMs }: Pick<PollInterval, 'firstWaitMs'>,
  maxWaitFactor: number,
  random = Math.random,
): number => firstWaitMs * Math.min(maxWaitFactor, 2 ** unchangedPolls) * (0.75 + random() / 4);

/** Whether polling continues after a failure. */
export const isRetryable = (error: Error): boolean =>
  error instanceof UpstreamError && RETRYABLE.has(error.code);

/** Milliseconds that the cloud asked to wait (`Retry-After`), or 0. */
export const retryAfterMs = (error: unknown): number =>
  error instanceof UpstreamRefusal ? (error.facts.retryAfterMs ?? 0) : 0;
