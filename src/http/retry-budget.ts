/** Limits the retries of reads at one upstream: a few are always allowed, more only in proportion to its calls. */
export interface RetryBudget {
  noteCall(): void;
  /** Counts one retry; false if none is left. */
  take(): boolean;
}

const WINDOW_MS = 10_000;
const STEPS = 10;
const STEP_MS = WINDOW_MS / STEPS;
const MAX_RETRY_SHARE = 0.2;
/** Retries that are allowed however few calls there are. */
const MIN_RETRIES = 10;

interface Step {
  /** Number of the step: time divided by its length. */
  index: number;
  calls: number;
  retries: number;
}

/** An upstream gets at most a fifth more calls within ten seconds, or ten more, however many of them fail. */
export const createRetryBudget = (now: () => number = () => performance.now()): RetryBudget => {
  const steps: Step[] = [];

  let last: Step = { index: -1, calls: 0, retries: 0 };
  const currentStep = (): Step => {
    const index = Math.floor(now() / STEP_MS);
    if (last.index === index) return last;
    while (steps.length > 0 && steps[0]!.index <= index - STEPS) steps.shift();
    last = { index, calls: 0, retries: 0 };
    steps.push(last);
    return last;
  };
  const sum = (key: 'calls' | 'retries') => steps.reduce((total, step) => total + step[key], 0);

  return {
    noteCall: () => {
      currentStep().calls += 1;
    },
    take: () => {
      const step = currentStep();
      if (sum('retries') >= Math.max(MIN_RETRIES, Math.floor(sum('calls') * MAX_RETRY_SHARE))) return false;
      step.retries += 1;
      return true;
    },
  };
};
