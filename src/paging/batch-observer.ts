import type { Window } from './window.ts';

/** Is told what was asked of a list, and what was read to serve it: the difference is what merging saved. */
export interface Merging {
  asked(list: string, part: string): void;
  read(list: string, part: string): void;
}

/** A window in words. */
export const windowName = ({ offset, limit }: Window): string => `rows ${offset} to ${offset + limit - 1}`;
