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
      'Makes double submits one change: within ten minutes the same key gives what it gave before, and sends nothing. What was ' +
      'refused, so that nothing changed, can be sent again with the same key.',
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
interface Partly {
  changed: boolean;
  userErrors: UserErrors;
}

const mayHaveRun = ({ changed, userErrors }: Partly): boolean =>
  changed || userErrors.length === 0 || userErrors.some(({ code }) => code === 'INDETERMINATE');

/**
 * Runs a write once for each idempotency key, makes what was read before it stale, and turns what one can foresee into data.
 * `partly` reads a value that has user errors of its own: where all parts were refused, the key is free again.
 */
export const runWrite = async <T>(
  context: Context,
  mutation: string,
  input: { clientMutationId?: unknown; idempotencyKey?: string | null | undefined },
  words: Words,
  write: () => Promise<T>,
  partly?: (value: T) => Partly,
): Promise<{ value: T | null; userErrors: UserErrors }> => {
  try {
    return await context.once(mutation, {
      key: input.idempotencyKey,
      input: essence(input),
      run: () => refusalsAsData(write, words),
      mayHaveRun: ({ value, userErrors }) =>
        mayHaveRun(value !== null && partly ? partly(value) : { changed: false, userErrors }),
    });
  } finally {
    forgetReads(context);
  }
};
