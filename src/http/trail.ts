import type { Reading, Shape } from './answer.ts';
import { UpstreamRefusal } from './errors.ts';
import type { Outgoing, Parts, Project } from './request.ts';
import type { Service } from './service.ts';

/** A read, as it can be made again. */
export interface Read {
  service: Service;
  project: Project;
  path: string;
  call: Parts & { shape: Shape<unknown> };
  request: Outgoing;
  /** What tells it from the other reads of the same caller. */
  name: string;
}

/** One read of an operation, and what came of it. */
export interface Step {
  read: Read;
  /** How many reads of the operation had ended when this one began: it may rest on them, and on no others. */
  after: number;
  /** Which of them it was to end. */
  place: number;
  fingerprint: string;
}

/** Not among the characters of an answer's fingerprint. */
const REFUSAL = '\u0101';

/** What a failure is told by where it is data; null where it is not. */
const printOfFailure = (failure: unknown): string | null =>
  // A cluster whose endpoint access is off has no connections, and says so with a refusal. What it means is in its code.
  failure instanceof UpstreamRefusal ? `${REFUSAL}${failure.facts.status} ${failure.facts.errorCode}` : null;

const fingerprintOf = async (reading: Promise<Reading>): Promise<string | null> => {
  try {
    return (await reading).fingerprint;
  } catch (error) {
    return printOfFailure(error);
  }
};

/** The reads of one operation, in the order they began; null where one of them failed. */
export class Trail {
  private readonly steps: Step[] = [];
  private ended = 0;
  private failed = false;

  /** Follows a read that begins now, and gives what its end is told to. */
  begin(read: Read): (outcome: { reading: Reading } | { failure: unknown }) => void {
    const step = { read, after: this.ended, place: -1, fingerprint: '' };
    this.steps.push(step);
    return (outcome) => {
      const fingerprint =
        'reading' in outcome ? outcome.reading.fingerprint : printOfFailure(outcome.failure);
      if (fingerprint === null) this.failed = true;
      step.fingerprint = fingerprint ?? '';
      step.place = this.ended;
      this.ended += 1;
    };
  }

  /** Nothing where a read failed, or has not ended. */
  whole(): readonly Step[] | null {
    return this.failed || this.ended < this.steps.length ? null : this.steps;
  }
}

/**
 * Makes the reads of a trail again, each as soon as those have ended that had ended when it began, and as they had. True where all
 * answers are the same; with the first that is not, no more reads are begun.
 */
export const isUnchanged = (
  steps: readonly Step[],
  read: (step: Step) => Promise<Reading>,
): Promise<boolean> =>
  new Promise((resolve) => {
    const same: boolean[] = [];
    let [begun, ended, over] = [0, 0, false];
    const end = (unchanged: boolean) => {
      over = true;
      begun = steps.length;
      resolve(unchanged);
    };
    const goOn = () => {
      if (ended === steps.length) end(true);
      while (begun < steps.length && steps[begun]!.after <= ended) {
        begun += 1;
        void make(steps[begun - 1]!);
      }
    };
    const make = async (step: Step) => {
      const fingerprint = await fingerprintOf(read(step));
      if (over) return;
      if (fingerprint !== step.fingerprint) return end(false);
      same[step.place] = true;
      while (same[ended]) ended += 1;
      goOn();
    };
    goOn();
  });
