import type { ArgumentNode, DirectiveNode, ValueNode } from 'graphql';
import { overBound, overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';
import { checkLiteral } from './input-values.ts';

/** Selections and values of a document with every fragment spread: nested fragments can double the number at each level. */
const MAX_SPREAD_OUT = 50_000;

/**
 * Pairs of fields with the same response name, and pairs of fragments spread side by side: validation compares each with each.
 * A hundred fragments that repeat the same four fields make half as many pairs.
 */
const MAX_PAIRS = 40_000;

/**
 * Counters for one pass over a document.
 * @throws `QUERY_TOO_COMPLEX` from each method that exceeds a limit.
 */
export interface SelectionCounters {
  countSelection(): void;
  countValue(value: ValueNode): void;
  countArguments(some: readonly ArgumentNode[] | undefined): void;
  countDirectives(some: readonly DirectiveNode[] | undefined): void;
  countAlias(): void;
  /** Counts the pairs among so many things that validation compares with one another. */
  countComparable(things: number): void;
  /** Checks the counts of one operation, and starts again for the next. */
  nextOperation(): void;
}

export const createCounters = ({ listLength, aliases, directives }: OperationLimits): SelectionCounters => {
  let [spreadOut, pairs, aliasCount, directiveCount] = [0, 0, 0, 0];
  const count = (more: number): void => {
    spreadOut += more;
    if (spreadOut > MAX_SPREAD_OUT)
      throw overBound('fields and values with its fragments spread out', MAX_SPREAD_OUT);
  };
  const counters: SelectionCounters = {
    countSelection: () => count(1),
    countValue: (value) => count(checkLiteral(value, listLength)),
    countArguments: (some = []) => {
      for (const { value } of some) counters.countValue(value);
    },
    countDirectives: (some = []) => {
      directiveCount += some.length;
      count(some.length);
      for (const directive of some) counters.countArguments(directive.arguments);
    },
    countAlias: () => {
      aliasCount += 1;
    },
    countComparable: (things) => {
      pairs += (things * (things - 1)) / 2;
      if (pairs > MAX_PAIRS)
        throw overBound(
          'pairs of fields or fragments that repeat each other in one place',
          MAX_PAIRS,
          'Ask for each field once',
        );
    },
    nextOperation: () => {
      if (aliasCount > aliases) throw overLimit('aliases', aliases, aliasCount);
      if (directiveCount > directives) throw overLimit('directives', directives, directiveCount);
      [aliasCount, directiveCount] = [0, 0];
    },
  };
  return counters;
};
