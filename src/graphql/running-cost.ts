import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FairShare } from '../capacity/fair-share.ts';
import type { Operation } from '../request/operation.ts';

/** Values of an answer that take some ten milliseconds of CPU to put together. */
const LONG_ANSWER_VALUES = 10_000;

/**
 * Runs an operation when there is room for what it costs: the answers of all that run at once have no more than so many values
 * together. Null where there is none in time; nothing ran then. What goes on with a long answer does so in a turn of the event loop of
 * its own, so that others come in between.
 */
export const runWithin = async <T>(
  cost: FairShare,
  { gone, budget }: Pick<Operation, 'gone' | 'budget'>,
  tenant: string,
  estimated: number,
  run: () => T | Promise<T>,
): Promise<T | null> => {
  const release =
    cost.takeNow(tenant, estimated) ??
    (await cost.take(tenant, estimated, { signal: gone, ms: Math.max(0, budget.left()) }));
  if (!release) return null;
  try {
    const result = await run();
    if (estimated > LONG_ANSWER_VALUES) await nextTurn();
    return result;
  } finally {
    release();
  }
};
