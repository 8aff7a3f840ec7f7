import type { Reading, Shape } from './upstream-response.ts';
import type { Print } from './response-body.ts';
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

/** What a read came to, so that it can be told whether it comes to the same again. */
type Outcome = { print: Print } | { refusal: string };

/** One read of an operation, and what came of it. */
export interface Step {
  read: Read;
  /** How many reads of the operation had ended when this one began: it may rest on them, and on no others. */
  after: number;
  /** Which of them it was to end. */
  place: number;
  outcome: Outcome;
}

/** The answer's bytes, where they are in the outcome. */
export const printOf = ({ outcome }: Step): Print | undefined =>
  'print' in outcome ? outcome.print : undefined;

/** What tells a failure that is data: a cluster whose endpoint access is off has no connections, and says so with a refusal. */
const refusalOf = (failure: unknown): string | null =>
  failure instanceof UpstreamRefusal ? `${failure.facts.status} ${failure.facts.errorCode}` : null;

const comesTo = async (outcome: Outcome, read: () => Promise<Reading>): Promise<boolean> => {
  try {
    const reading = await read();
    return 'print' in outcome && reading.isLike(outcome.print);
  } catch (error) {
    return 'refusal' in outcome && refusalOf(error) === outcome.refusal;
  }
};

/** The reads of one operation, in the order they began; null where one of them failed. */
export class Trail {
  private readonly steps: (Step | null)[] = [];
  private ended = 0;

  /** Follows a read that begins now, and gives what its end is told to. */
  begin(read: Read): (ended: { reading: Reading } | { failure: unknown }) => void {
    const begun = { read, after: this.ended };
    const at = this.steps.push(null) - 1;
    return (ended) => {
      const refusal = 'failure' in ended ? refusalOf(ended.failure) : null;
      if ('reading' in ended || refusal !== null) {
        const outcome = 'reading' in ended ? { print: ended.reading.print } : { refusal: refusal! };
        this.steps[at] = { ...begun, place: this.ended, outcome };
      }
      this.ended += 1;
    };
  }

  /** Nothing where a read failed, or has not ended. */
  whole(): readonly Step[] | null {
    const steps = this.steps.filter((step) => step !== null);
    return steps.length === this.steps.length ? steps : null;
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
      const isSame = await comesTo(step.outcome, () => read(step));
      if (over) return;
      if (!isSame) return end(false);
      same[step.place] = true;
      while (same[ended]) ended += 1;
      goOn();
    };
    goOn();
  });
