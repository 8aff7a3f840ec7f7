import type { Context } from '../../request/context.ts';
import { printOf, type Step } from '../../http/trail.ts';
import type { Operation } from '../../request/operation.ts';
import { bytesOfText, type Memory } from '../../capacity/memory-budget.ts';
import { type About, aboutOf, begin, type Task } from './execution-request.ts';

/** What is sent: text, or bytes where it is long, which take no room among the things that Node looks through. */
export type Body = string | Buffer;

/** An answer as it was given, with the reads that it was made of. */
interface GivenAnswer {
  body: Body;
  steps: readonly Step[];
  about: About;
  /** What was asked of lists, for the metrics. */
  asked: number;
}

/** What answers a question where nothing is known of its answer; null where the server behind has to. */
interface Means {
  taskOf: () => Task | null;
  workOut: (task: Task) => Promise<string | null>;
}

/**
 * Answers that were given before. One is given again only to the same caller, for the same request, workspace included, and only after all of its reads
 * were made again and every answer of the cloud was the same, byte for byte: what comes of them is the same then.
 */
export interface GivenAnswers {
  answer(body: string, context: Context, operation: Operation, means: Means): Promise<Body | null>;
}

const LONGEST = 2 * 1024 * 1024;
/** What was not asked for in so long is worked out anew. */
const KEPT_MS = 10 * 60_000;
/** What a step takes beside what tells its answer: its path, its parameters, its request. */
const OF_A_STEP = 2_000;

/** Came once: what is asked once is mostly never asked again. */
const ONCE = 'once';

const bytesOfBody = (body: Body): number => (typeof body === 'string' ? bytesOfText(body) : body.length);

/** All that is kept with an answer. The query itself is not: where something has changed it is looked up again. */
const bytesOf = ({ body, steps, about }: GivenAnswer): number =>
  bytesOfBody(body) +
  steps.reduce((size, step) => size + OF_A_STEP + (printOf(step)?.length ?? 0), 0) +
  bytesOfText(about.text);

const LONG = 16 * 1024;
const bodyOf = (text: string): Body => (text.length > LONG ? Buffer.from(text) : text);

/** Whether nothing went wrong, and nothing is missing. Of an operation whose client has left that is not known. */
const isSound = ({ gone, codes, missing, passing }: Operation): boolean =>
  !gone.aborted && codes.length === 0 && missing.length === 0 && !passing;

/** No answer was given yet. */
export const createGivenAnswers = (
  memory: Memory,
  countRepeated: (unchanged: boolean) => void,
): GivenAnswers => {
  const given = memory.keep<GivenAnswer | typeof ONCE>({
    name: 'revalidated_answers',
    share: 35,
    maxAgeMs: KEPT_MS,
    sizeOf: (one) => (one === ONCE ? 0 : bytesOf(one)),
  });

  const isStillRight = async (
    { steps, about, asked }: GivenAnswer,
    context: Context,
    operation: Operation,
  ) => {
    begin(operation, about);
    const unchanged = await context.cloud.repeat(steps);
    if (!operation.gone.aborted) countRepeated(unchanged);
    if (unchanged) operation.asked = asked;
    return unchanged;
  };

  return {
    answer: async (body, context, operation, { taskOf, workOut }) => {
      // No digest and no workspace has a space in it.
      const request = `${context.caller()} ${context.workspaceId ?? ''} ${body}`;
      const known = given.get(request);
      const old = known === ONCE ? undefined : known;
      if (old && (await isStillRight(old, context, operation))) return old.body;

      const task = taskOf();
      if (!task) return null;
      if (!known) given.set(request, ONCE);
      const trail = known && context.cloud.follow();
      const text = await workOut(task);
      const steps = trail?.whole();
      if (steps && text !== null && text.length <= LONGEST && isSound(operation))
        given.set(request, { body: bodyOf(text), steps, about: aboutOf(task), asked: operation.asked });
      return text;
    },
  };
};
