import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FairShare } from '../capacity/fair-share.ts';
import type { Operation } from '../request/operation.ts';

/** Answers with more values take some ten milliseconds of CPU time. */
const LONG_ANSWER_VALUES = 50_000;

/**
 * Runs an operation when there is capacity for its estimated cost. Null, without running it, if there is none in time, or if the client
 * disconnects. After a long answer, the caller continues in another turn of the event loop, so that other requests run in between.
 */
export const runWithinCost = async <T>(
  cost: FairShare,
  { clientAbort, budget }: Pick<Operation, 'clientAbort' | 'budget'>,
  tenant: string,
  estimated: number,
  run: () => T | Promise<T>,
): Promise<T | null> => {
  const release =
    cost.takeNow(tenant, estimated) ??
    (await cost.take(tenant, estimated, { signal: clientAbort, ms: Math.max(0, budget.left()) }));
  if (!release) return null;
  try {
    const result = await run();
    if (estimated > LONG_ANSWER_VALUES) await nextTurn();
    return result;
  } finally {
    release();
  }
};
