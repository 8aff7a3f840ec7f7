import type { Step } from '../http/trail.ts';
import type { Operation } from '../operation.ts';
import { createTextCache } from '../text-cache.ts';
import type { Asked } from './asked.ts';
import type { KnownQuery } from './known-queries.ts';

/** A question, and what works out its answer. */
export interface Task {
  asked: Asked;
  query: KnownQuery;
}

/** An answer as it was given, with the reads that it was made of. */
export interface GivenAnswer {
  body: string;
  steps: readonly Step[];
  task: Task;
  /** What is told of such an operation. */
  facts: Pick<Operation, 'asked' | 'cost'>;
}

/**
 * Answers that were given before. One is given again only to the same caller, for the same request, and only after all of its reads
 * were made again and every answer of the cloud was the same, byte for byte: what comes of them is the same then.
 */
export interface GivenAnswers {
  find(request: string): GivenAnswer | null;
  /** Whether the answer to this request is worth keeping: what was asked once is mostly never asked again. */
  isWanted(request: string): boolean;
  keep(request: string, answer: GivenAnswer): void;
}

const KEPT_CHARACTERS = 32 * 1024 * 1024;
const LONGEST = 2 * 1024 * 1024;
/** What a step takes beside what tells its answer. */
const OF_A_STEP = 500;

const sizeOfStep = ({ fingerprint }: Step): number => OF_A_STEP + fingerprint.length;
const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);

/** No answer was given yet. */
export const createGivenAnswers = (): GivenAnswers => {
  const given = createTextCache<GivenAnswer | 'asked'>(KEPT_CHARACTERS, (one) =>
    one === 'asked' ? 0 : one.body.length + sum(one.steps.map(sizeOfStep)),
  );
  return {
    find: (request) => {
      const one = given.get(request);
      return one === undefined || one === 'asked' ? null : one;
    },
    isWanted: (request) => {
      if (given.get(request) !== undefined) return true;
      given.set(request, 'asked');
      return false;
    },
    keep: (request, answer) => {
      if (answer.body.length <= LONGEST) given.set(request, answer);
    },
  };
};
