import type { FairShare } from '../fair-share.ts';
import type { Operation } from '../operation.ts';

/**
 * Runs an operation when there is room for what it costs: the answers of all that run at once have no more than so many values
 * together. Null where there is none in time; nothing ran then.
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
    return await run();
  } finally {
    release();
  }
};
