import { effect, type ReadonlySignal, untracked } from '@preact/signals';
import { type Batch, takeBatch } from '../graph/read-lists.ts';
import type { Parent } from '../model/topology.ts';

/** Requests at the same time. */
const SIDE_BY_SIDE = 3;

/** Reads lists of parents whenever some are wanted, many short ones in one request. */
export const followWanted = (
  wanted: ReadonlySignal<readonly Parent[]>,
  rowsOf: (parent: Parent) => number,
  read: (batch: Batch) => Promise<void>,
): void => {
  const inFlight = new Set<string>();
  let running = 0;

  const nextBatch = (): Batch | undefined =>
    running === SIDE_BY_SIDE
      ? undefined
      : takeBatch(
          wanted.peek().filter(({ key }) => !inFlight.has(key)),
          rowsOf,
        );

  const readBatch = async (one: Batch): Promise<void> => {
    running += 1;
    for (const { key } of one.parents) inFlight.add(key);
    await read(one);
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
