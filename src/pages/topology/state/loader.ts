import { effect, type ReadonlySignal, untracked } from '@preact/signals';
import { type Batch, takeBatch } from '../graph/read-lists.ts';
import type { Parent } from '../model/topology.ts';

/** Requests at the same time. */
const SIDE_BY_SIDE = 3;

/** What is read of parents, and how. */
interface Reading {
  /** The parents whose lists are to be read now. */
  wanted: ReadonlySignal<readonly Parent[]>;
  /** How long the list of a parent is, as far as is known. */
  rowsOf: (parent: Parent) => number;
  /** Rows that one answer may have. */
  mostRows: () => number;
  /** Reads lists, which are not wanted then. */
  read: (batch: Batch) => Promise<void>;
  /** Notes that lists could not be read since something went wrong on the page, so that they are not wanted any more. */
  giveUp: (batch: Batch) => void;
}

/** Reads lists of parents whenever some are wanted, many short ones in one request. */
export const followWanted = ({ wanted, rowsOf, mostRows, read, giveUp }: Reading): void => {
  const inFlight = new Set<string>();
  let running = 0;

  const nextBatch = (): Batch | undefined =>
    running === SIDE_BY_SIDE
      ? undefined
      : takeBatch(
          wanted.peek().filter(({ key }) => !inFlight.has(key)),
          rowsOf,
          mostRows(),
        );

  const readBatch = async (one: Batch): Promise<void> => {
    running += 1;
    for (const { key } of one.parents) inFlight.add(key);
    try {
      await read(one);
    } catch (error) {
      reportError(error);
      giveUp(one);
    }
    running -= 1;
    for (const { key } of one.parents) inFlight.delete(key);
    readNext();
  };

  const readNext = (): void => {
    for (let one = nextBatch(); one; one = nextBatch()) void readBatch(one);
  };

  effect(() => {
    if (wanted.value.length > 0) untracked(readNext);
  });
};
