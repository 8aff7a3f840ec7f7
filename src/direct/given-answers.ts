import type { Context } from '../context.ts';
import { printOf, type Step } from '../http/trail.ts';
import type { Operation } from '../operation.ts';
import { createTextCache } from '../text-cache.ts';
import { begin, type Task } from './task.ts';

/** What is sent: text, or bytes where it is long, which take no room among the things that Node looks through. */
export type Body = string | Buffer;

/** An answer as it was given, with the reads that it was made of. */
interface GivenAnswer {
  body: Body;
  steps: readonly Step[];
  task: Task;
  /** What was asked of lists, for the metrics. */
  asked: number;
}

/** What answers a question where nothing is known of its answer; null where the server behind has to. */
interface Means {
  taskOf: () => Task | null;
  workOut: (task: Task) => Promise<string | null>;
}

/**
 * Answers that were given before. One is given again only to the same caller, for the same request, and only after all of its reads
 * were made again and every answer of the cloud was the same, byte for byte: what comes of them is the same then.
 */
export interface GivenAnswers {
  answer(body: string, context: Context, operation: Operation, means: Means): Promise<Body | null>;
}

const KEPT_CHARACTERS = 32 * 1024 * 1024;
const LONGEST = 2 * 1024 * 1024;
/** What a step takes beside what tells its answer. */
const OF_A_STEP = 500;

/** Came once: what is asked once is mostly never asked again. */
const ONCE = 'once';

const sizeOf = ({ body, steps }: GivenAnswer): number =>
  steps.reduce((size, step) => size + OF_A_STEP + (printOf(step)?.length ?? 0), body.length);

const LONG = 16 * 1024;
const bodyOf = (text: string): Body => (text.length > LONG ? Buffer.from(text) : text);

/** Whether nothing went wrong, and nothing is missing. Of an operation whose client has left that is not known. */
const isSound = ({ gone, codes, missing, passing }: Operation): boolean =>
  !gone.aborted && codes.length === 0 && missing.length === 0 && !passing;

/** No answer was given yet. */
export const createGivenAnswers = (countRepeated: (unchanged: boolean) => void): GivenAnswers => {
  const given = createTextCache<GivenAnswer | typeof ONCE>(KEPT_CHARACTERS, (one) =>
    one === ONCE ? 0 : sizeOf(one),
  );

  const isStillRight = async (
    { steps, task, asked }: GivenAnswer,
    context: Context,
    operation: Operation,
  ) => {
    begin(operation, task);
    const unchanged = await context.cloud.repeat(steps);
    if (!operation.gone.aborted) countRepeated(unchanged);
    if (unchanged) operation.asked = asked;
    return unchanged;
  };

  return {
    answer: async (body, context, operation, { taskOf, workOut }) => {
      const request = `${context.caller()} ${body}`;
      const known = given.get(request);
      const old = known === ONCE ? undefined : known;
      if (old && (await isStillRight(old, context, operation))) return old.body;

      const task = old?.task ?? taskOf();
      if (!task) return null;
      if (!known) given.set(request, ONCE);
      const trail = known && context.cloud.follow();
      const text = await workOut(task);
      const steps = trail?.whole();
      if (steps && text !== null && text.length <= LONGEST && isSound(operation))
        given.set(request, { body: bodyOf(text), steps, task, asked: operation.asked });
      return text;
    },
  };
};
