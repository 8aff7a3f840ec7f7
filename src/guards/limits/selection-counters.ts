import type { ArgumentNode, DirectiveNode, ValueNode } from 'graphql';
import { overBound, overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';
import { checkLiteral } from './input-values.ts';

/** Selections and values of a document with every fragment spread out: without an end, fragments of fragments double it. */
const MAX_SPREAD_OUT = 50_000;

/**
 * Pairs of fields that answer to the same name, and of fragments spread side by side: validation compares each with each.
 * A hundred fragments that all repeat the same four fields have half as many.
 */
const MAX_PAIRS = 40_000;

/** What is counted while a document is looked through, with an end to it. */
export interface SelectionCounters {
  selection(): void;
  value(value: ValueNode): void;
  arguments(some: readonly ArgumentNode[] | undefined): void;
  directives(some: readonly DirectiveNode[] | undefined): void;
  alias(): void;
  /** So many things in one place that validation compares with one another. */
  alike(things: number): void;
  /** Ends what was counted for one operation, and begins with the next. */
  next(): void;
}

/** Counts from nothing; each count throws where it goes over its limit. */
export const createCounters = ({ listLength, aliases, directives }: OperationLimits): SelectionCounters => {
  let [spreadOut, pairs, aliasCount, directiveCount] = [0, 0, 0, 0];
  const count = (more: number): void => {
    spreadOut += more;
    if (spreadOut > MAX_SPREAD_OUT)
      throw overBound('fields and values with its fragments spread out', MAX_SPREAD_OUT);
  };
  const tally: SelectionCounters = {
    selection: () => count(1),
    value: (value) => count(checkLiteral(value, listLength)),
    arguments: (some = []) => {
      for (const { value } of some) tally.value(value);
    },
    directives: (some = []) => {
      directiveCount += some.length;
      count(some.length);
      for (const directive of some) tally.arguments(directive.arguments);
    },
    alias: () => {
      aliasCount += 1;
    },
    alike: (things) => {
      pairs += (things * (things - 1)) / 2;
      if (pairs > MAX_PAIRS)
        throw overBound(
          'pairs of fields or fragments that repeat each other in one place',
          MAX_PAIRS,
          'Ask for each field once',
        );
    },
    next: () => {
      if (aliasCount > aliases) throw overLimit('aliases', aliases, aliasCount);
      if (directiveCount > directives) throw overLimit('directives', directives, directiveCount);
      [aliasCount, directiveCount] = [0, 0];
    },
  };
  return tally;
};
