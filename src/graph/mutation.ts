import { type Context, forgetReads } from '../context.ts';
import { builder } from './builder.ts';
import { ProjectInput } from './project.ts';
import { refusalsAsData, UserErrorType, type UserErrors, type Words } from './user-error.ts';

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
      'Makes double submits one change: within ten minutes the same key gives what it gave before, and sends nothing.',
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

/**
 * Runs a write once for each idempotency key, makes what was read before it stale, and turns what one can foresee into data.
 */
export const runWrite = async <T>(
  context: Context,
  mutation: string,
  input: { clientMutationId?: unknown; idempotencyKey?: string | null | undefined },
  words: Words,
  write: () => Promise<T>,
): Promise<{ value: T | null; userErrors: UserErrors }> => {
  try {
    return await context.once(mutation, input.idempotencyKey, essence(input), () =>
      refusalsAsData(write, words),
    );
  } finally {
    forgetReads(context);
  }
};
