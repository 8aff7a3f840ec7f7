import type { Sandbox } from '../../src/sandbox/server.ts';

const LATE_MS = 250;

/** Counts the calls of each round: those that an operation makes before the first of them is answered. */
export const countCallRounds = async (sandbox: Sandbox, ask: () => Promise<unknown>): Promise<number[]> => {
  sandbox.fault({ path: /./, delayMs: LATE_MS });
  const before = sandbox.calls.length;
  const asking = ask();
  const steps: number[] = [];
  let seen = before;
  const look = () => new Promise<'asking'>((resolve) => setTimeout(() => resolve('asking'), LATE_MS / 2));
  // oxlint-disable-next-line no-await-in-loop -- one look after the other
  while ((await Promise.race([asking, look()])) === 'asking') {
    const now = sandbox.calls.length;
    if (now > seen) steps.push(now - seen);
    seen = now;
  }
  sandbox.clearFaults();
  return steps;
};
