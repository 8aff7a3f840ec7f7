export const formatCount = (count: number): string => count.toLocaleString('en');

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Compares names as people order them: 2 comes before 10. */
export const compareNames = (a: string, b: string): number => COLLATOR.compare(a, b);

export const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A number with its noun, such as "1 cluster" or "3 clusters". */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
