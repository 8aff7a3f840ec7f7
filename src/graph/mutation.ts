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
/** Builder of the fields of a payload. */
export type PayloadFields<Payload> = PothosSchemaTypes.ObjectFieldBuilder<
  typeof builder.$inferSchemaTypes,
  Payload
>;

/** Input fields of every mutation. */
export const commonInput = (t: InputFields) => ({
  project: t.field({
    type: ProjectInput,
    description: 'Project to act in; needed only where several are served.',
  }),
  idempotencyKey: t.string({
    description:
      'Runs repeated submissions of a change once, on all replicas if they share a Redis. Within ten minutes, the same key ' +
      'returns the earlier result and sends nothing; after `INDETERMINATE`, the result is verified by reading. A change that ' +
      'was refused as a whole can be sent again with the same key.',
  }),
});

/** The payload field `userErrors`. */
export const userErrorsField = <Payload extends { userErrors: UserErrors }>(
  t: PayloadFields<Payload>,
): PothosSchemaTypes.FieldRef<typeof builder.$inferSchemaTypes, UserErrors, 'Object'> =>
  t.field({
    type: [UserErrorType],
    nullable: { list: false, items: false },
    description: 'Reasons why changes were not made, or why their outcome is not known; empty on success.',
    resolve: ({ userErrors }) => userErrors as UserErrors[number][],
  });

/** The input without fields that do not affect the write. */
const withoutMetadata = <Input extends { clientMutationId?: unknown; idempotencyKey?: unknown }>({
  clientMutationId: _id,
  idempotencyKey: _key,
  ...rest
}: Input) => rest;

/** Outcome of a write of several parts, some of which may have failed. */
interface PartialOutcome {
  changed: boolean;
  userErrors: UserErrors;
}

/** The value of a write, or the user errors because of which there is none. */
interface Outcome<T> {
  value: T | null;
  userErrors: UserErrors;
}

/** How a mutation interprets and verifies its outcome. */
interface WriteOptions<T> {
  /** Reads the outcome of the parts from a value. If all parts were refused, the idempotency key can be used again. */
  partialOutcome?: (value: T) => PartialOutcome;
  /** Finds out the outcome of an indeterminate write by reading; it must not send writes. */
  verify?: (before: Outcome<T>) => Promise<Outcome<T>>;
  /** A simple form of `verify`: reads whether the change is there. */
  isDone?: () => Promise<boolean>;
  /** Another: reads the value of the write if the change is there, and else null. */
  findDone?: () => Promise<T | null>;
}

const mayHaveRun = ({ changed, userErrors }: PartialOutcome): boolean =>
  changed || userErrors.length === 0 || isIndeterminate(userErrors);

/** Whether a resource is being deleted or no longer exists. Throws any error other than `NOT_FOUND`. */
export const isDeleted = async (read: Promise<{ status: string | null }>): Promise<boolean> => {
  try {
    return (await read).status === 'DELETING';
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return true;
    throw error;
  }
};

/**
 * Runs a write once for each idempotency key, and returns expected failures as user errors. Rows that the request read before are read
 * again after it. If the write with this key is indeterminate, the outcome is verified by reading instead.
 */
export const runWrite = async <T>(
  context: Context,
  mutation: string,
  input: { clientMutationId?: unknown; idempotencyKey?: string | null | undefined },
  messages: ErrorMessages,
  write: () => Promise<T>,
  { partialOutcome, verify, isDone, findDone }: WriteOptions<T> = {},
): Promise<Outcome<T>> => {
  const readOutcome = ({ value, userErrors }: Outcome<T>): PartialOutcome =>
    value !== null && partialOutcome ? partialOutcome(value) : { changed: false, userErrors };
  try {
    return await context.idempotent<Outcome<T>>(mutation, {
      key: input.idempotencyKey,
      input: withoutMetadata(input),
      run: () => refusalsAsData(write, messages),
      mayHaveRun: (outcome) => mayHaveRun(readOutcome(outcome)),
      unknownOutcome: () => ({
        value: null,
        userErrors: [{ code: 'INDETERMINATE', message: messages.howToFindOut, field: null }],
      }),
      replay: async (before) => {
        if (!isIndeterminate(readOutcome(before).userErrors)) return before;
        try {
          if (verify) return await verify(before);
          if (findDone) {
            const value = await findDone();
            return { value, userErrors: afterVerification(before.userErrors, value !== null) };
          }
          return isDone
            ? { ...before, userErrors: afterVerification(before.userErrors, await isDone()) }
            : before;
        } catch {
          // Without a successful read, the outcome stays indeterminate.
          return before;
        }
      },
    });
  } finally {
    forgetReads(context);
  }
};
