import { type Context, forgetReads } from '../request/context.ts';
import { codeOf } from './mask-error.ts';
import { builder } from './builder.ts';
import { ProjectInput } from './project.ts';
import {
  afterVerification,
  isIndeterminate,
  refusalsAsData,
  UserErrorType,
  type UserErrors,
  type ErrorMessages,
} from './user-error.ts';

type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;
type PayloadFields<Payload> = PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, Payload>;

/** Input fields that every mutation has. */
export const commonInput = (t: InputFields) => ({
  project: t.field({
    type: ProjectInput,
    description: 'Project to act in; needed only where several are served.',
  }),
  idempotencyKey: t.string({
    description:
      'Makes double submits one change, on all replicas where they share a Redis: within ten minutes the same key gives what it ' +
      'gave before, and sends nothing; after `INDETERMINATE` it tells what a look finds. What was refused, so that nothing ' +
      'changed, can be sent again with the same key.',
  }),
});

/** The payload field that says what stood in the way. */
export const userErrorsField = <Payload extends { userErrors: UserErrors }>(t: PayloadFields<Payload>) =>
  t.field({
    type: [UserErrorType],
    nullable: { list: false, items: false },
    description: 'Why nothing was changed, or why that is not known; empty on success.',
    resolve: ({ userErrors }) => userErrors as UserErrors[number][],
  });

/** The input without what does not change the write itself. */
const essence = <Input extends { clientMutationId?: unknown; idempotencyKey?: unknown }>({
  clientMutationId: _id,
  idempotencyKey: _key,
  ...rest
}: Input) => rest;

/** What a write gave, where it tells by itself what stood in the way of its parts. */
interface PartialOutcome {
  changed: boolean;
  userErrors: UserErrors;
}

/** What one can foresee becomes data: the value, or why there is none. */
interface Outcome<T> {
  value: T | null;
  userErrors: UserErrors;
}

/** What a mutation knows of its own outcomes. */
interface WriteOptions<T> {
  /** Reads a value that has user errors of its own: where all parts were refused, the key is free again. */
  partialOutcome?: (value: T) => PartialOutcome;
  /** Tells what became of a write whose outcome was not known, by a look: nothing may be sent. Else it stays unknown. */
  verify?: (before: Outcome<T>) => Promise<Outcome<T>>;
  /** The same, where all that a look has to tell is whether things are as they were asked to be. */
  isDone?: () => Promise<boolean>;
}

const mayHaveRun = ({ changed, userErrors }: PartialOutcome): boolean =>
  changed || userErrors.length === 0 || isIndeterminate(userErrors);

/**
 * Whether a thing is being deleted, or is not there any more. A refusal to show it tells neither, and is thrown, as is whatever else keeps
 * it from being read.
 */
export const isDeleted = async (read: Promise<{ status: string | null }>): Promise<boolean> => {
  try {
    return (await read).status === 'DELETING';
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return true;
    throw error;
  }
};

/**
 * Runs a write once for each idempotency key, makes what was read before it stale, and turns what one can foresee into data. Sent
 * again after an outcome that is not known it looks.
 */
export const runWrite = async <T>(
  context: Context,
  mutation: string,
  input: { clientMutationId?: unknown; idempotencyKey?: string | null | undefined },
  words: ErrorMessages,
  write: () => Promise<T>,
  { partialOutcome, verify, isDone }: WriteOptions<T> = {},
): Promise<Outcome<T>> => {
  const read = ({ value, userErrors }: Outcome<T>): PartialOutcome =>
    value !== null && partialOutcome ? partialOutcome(value) : { changed: false, userErrors };
  try {
    return await context.idempotent<Outcome<T>>(mutation, {
      key: input.idempotencyKey,
      input: essence(input),
      run: () => refusalsAsData(write, words),
      mayHaveRun: (outcome) => mayHaveRun(read(outcome)),
      unknownOutcome: () => ({
        value: null,
        userErrors: [{ code: 'INDETERMINATE', message: words.howToFindOut, field: null }],
      }),
      replay: async (before) => {
        if (!isIndeterminate(read(before).userErrors)) return before;
        try {
          if (verify) return await verify(before);
          return isDone
            ? { ...before, userErrors: afterVerification(before.userErrors, await isDone()) }
            : before;
        } catch {
          // What cannot be looked at is as unclear as before.
          return before;
        }
      },
    });
  } finally {
    forgetReads(context);
  }
};
