import type { Problem } from '../model/topology.ts';
import type { LocatedProblem } from './client.ts';

export const NOT_READ: Problem = { code: 'UNKNOWN', message: 'It could not be read.', retryable: true };

/** The problem of the row with this index in the list `nodes` of an answer. */
export const problemOf = (problems: readonly LocatedProblem[], index: number): Problem | null =>
  problems.find(({ path }) => path[path.indexOf('nodes') + 1] === index) ?? null;
