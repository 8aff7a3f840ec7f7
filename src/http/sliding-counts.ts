import { monotonic } from '../time/clock.ts';

/** Counts of events within the last so many milliseconds. */
export interface SlidingCounts<Kind extends string> {
  add(kind: Kind): void;
  sum(kind: Kind): number;
  clear(): void;
}

type Step<Kind extends string> = Record<Kind, number> & { index: number };

/** Counts events of these kinds, which are forgotten after `windowMs` milliseconds, in so many steps. */
export const createSlidingCounts = <Kind extends string>(
  kinds: readonly Kind[],
  windowMs: number,
  stepCount: number,
  now: () => number = monotonic,
): SlidingCounts<Kind> => {
  const stepMs = windowMs / stepCount;
  let steps: Step<Kind>[] = [];
  const createStep = (index: number) =>
    ({ ...Object.fromEntries(kinds.map((kind) => [kind, 0])), index }) as Step<Kind>;

  const currentStep = (): Step<Kind> => {
    const index = Math.floor(now() / stepMs);
    const last = steps.at(-1);
    if (last?.index === index) return last;
    while (steps.length > 0 && steps[0]!.index <= index - stepCount) steps.shift();
    const step = createStep(index);
    steps.push(step);
    return step;
  };

  return {
    add: (kind) => {
      const step: Record<Kind, number> = currentStep();
      step[kind] += 1;
    },
    sum: (kind) => {
      currentStep();
      return steps.reduce((total, step) => total + step[kind], 0);
    },
    clear: () => {
      steps = [];
    },
  };
};
