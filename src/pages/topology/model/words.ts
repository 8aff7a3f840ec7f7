export const formatCount = (count: number): string => count.toLocaleString('en');

/** A number with its noun, such as "1 cluster" or "3 clusters". */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
