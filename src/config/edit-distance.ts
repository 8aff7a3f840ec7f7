/**
 * Slips of the pen between two words: letters that are missing, added or another, and neighbours that are swapped (optimal string
 * alignment).
 */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + (isSame ? 0 : 1),
        isSwapped ? beforeLast[j - 2]! + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
};

/** The candidate with the smallest number of slips; undefined if none has a number. */
export const findNearest = (
  candidates: readonly string[],
  countSlips: (candidate: string) => number | undefined,
): string | undefined => {
  const counted = candidates.flatMap((candidate) => {
    const slips = countSlips(candidate);
    return slips === undefined ? [] : [{ candidate, slips }];
  });
  return counted.toSorted((a, b) => a.slips - b.slips)[0]?.candidate;
};
