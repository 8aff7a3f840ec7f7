import type { Window } from './window.ts';

/** Observes what fields request of a list, and what is read for them: the difference is what batching saved. */
export interface BatchObserver {
  requested(list: string, part: string): void;
  read(list: string, part: string): void;
}

/** A window as text for explanations: `rows 0 to 19`. */
export const describeWindow = ({ offset, limit }: Window): string =>
  `rows ${offset} to ${offset + limit - 1}`;
