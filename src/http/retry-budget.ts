/** How many reads of one upstream may be repeated: a few always, then a share of its calls. */
export interface RetryBudget {
  noteCall(): void;
  /** Takes one retry out of it; false where there is none. */
  take(): boolean;
}

const WINDOW_MS = 10_000;
const STEPS = 10;
const STEP_MS = WINDOW_MS / STEPS;
const SHARE = 0.2;
/** Without these a gateway with little to do could repeat nothing. */
const ALWAYS = 10;

interface Step {
  at: number;
  calls: number;
  retries: number;
}

/** A failing upstream gets at most a fifth more calls within any ten seconds, however many of them fail. */
export const createRetryBudget = (now: () => number = () => performance.now()): RetryBudget => {
  const steps: Step[] = [];

  let last: Step = { at: -1, calls: 0, retries: 0 };
  const current = (): Step => {
    const at = Math.floor(now() / STEP_MS);
    if (last.at === at) return last;
    while (steps.length > 0 && steps[0]!.at <= at - STEPS) steps.shift();
    last = { at, calls: 0, retries: 0 };
    steps.push(last);
    return last;
  };
  const sum = (key: 'calls' | 'retries') => steps.reduce((total, step) => total + step[key], 0);

  return {
    noteCall: () => {
      current().calls += 1;
    },
    take: () => {
      const step = current();
      if (sum('retries') >= Math.max(ALWAYS, Math.floor(sum('calls') * SHARE))) return false;
      step.retries += 1;
      return true;
    },
  };
};
