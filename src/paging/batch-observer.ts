import type { Window } from './window.ts';

/** What is loaded of a list: some rows, or the item with an id. */
export type LoadedPart = Window | string;

/** Observes what fields request of a list, and what is read for them: the difference is what batching saved. */
export interface BatchObserver {
  requested(list: string, part: LoadedPart): void;
  read(list: string, part: LoadedPart): void;
}

/** A part of a list as text for explanations: `rows 0 to 19`. */
export const describePart = (part: LoadedPart): string =>
  typeof part === 'string' ? part : `rows ${part.offset} to ${part.offset + part.limit - 1}`;
