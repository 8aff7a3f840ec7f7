import { wallClock } from '../time/clock.ts';

/**
 * When an answer was sent, in milliseconds since 1970: its `Date` header, so that a clock of ours that is wrong does no harm, or else our
 * own time. Subtracted from a time in the same answer, it gives a duration.
 */
export const readAnswerTime = ({ date }: Readonly<Record<string, string | string[] | undefined>>): number => {
  const sentAt = typeof date === 'string' ? Date.parse(date) : NaN;
  return Number.isNaN(sentAt) ? wallClock() : sentAt;
};
