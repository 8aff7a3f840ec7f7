import type { Reading, Shape } from './answer.ts';
import type { Parts, Project } from './request.ts';
import type { Service } from './service.ts';

/** A read, as it can be made again. */
export interface Read {
  service: Service;
  project: Project;
  path: string;
  call: Parts & { shape: Shape<unknown> };
}

/** One read of an operation, and what came of it. */
export interface Step {
  read: Read;
  /** How many reads of the operation had ended when this one began: it may rest on them, and on no others. */
  after: number;
  /** Which of them it was to end. */
  place: number;
  digest: string;
}

/** The reads of one operation, in the order they began; null where one of them failed. */
export class Trail {
  private readonly steps: Step[] = [];
  private ended = 0;
  private failed = false;

  /** Follows a read that begins now. */
  follow(read: Read, reading: Promise<Reading>): void {
    const step = { read, after: this.ended, place: -1, digest: '' };
    this.steps.push(step);
    reading.then(
      ({ digest }) => {
        step.place = this.ended;
        step.digest = digest;
        this.ended += 1;
      },
      () => {
        this.failed = true;
      },
    );
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
      resolve(unchanged);
    };
    const goOn = () => {
      if (ended === steps.length) end(true);
      while (!over && begun < steps.length && steps[begun]!.after <= ended) make(steps[begun++]!);
    };
    const make = (step: Step) => {
      read(step).then(
        ({ digest }) => {
          if (over) return;
          if (digest !== step.digest) return end(false);
          same[step.place] = true;
          while (same[ended]) ended += 1;
          goOn();
        },
        () => end(false),
      );
    };
    goOn();
  });
