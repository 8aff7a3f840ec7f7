import { RETRYABLE } from '../error-codes.ts';
import { UpstreamError, UpstreamRefusal } from '../http/errors.ts';

/** How often and how long something is looked at until it settles. */
export interface Pace {
  /** The first wait; each one without news is twice as long. */
  firstWaitMs: number;
  /** How long one subscription goes on. */
  limitMs: number;
}

const LONGEST_WAIT = 15;

/** The wait after some looks without news: doubling up to fifteen times the first, with jitter that only shortens it. */
export const waitAfter = (quietLooks: number, { firstWaitMs }: Pace, random = Math.random): number =>
  firstWaitMs * Math.min(LONGEST_WAIT, 2 ** quietLooks) * (0.75 + random() / 4);

/** Whether looking again can turn a failure into an answer. */
export const passes = (error: Error): boolean => error instanceof UpstreamError && RETRYABLE.has(error.code);

/** How long the cloud itself asked to be left alone. */
export const askedWait = (error: unknown): number =>
  error instanceof UpstreamRefusal ? (error.facts.retryAfterMs ?? 0) : 0;
