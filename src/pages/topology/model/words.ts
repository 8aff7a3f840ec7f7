export const formatCount = (count: number): string => count.toLocaleString('en');

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Compares names as people order them: 2 comes before 10. */
export const compareNames = (a: string, b: string): number => COLLATOR.compare(a, b);

/** A number with its noun, such as "1 cluster" or "3 clusters". */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
