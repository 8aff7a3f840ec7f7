import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { describeError } from './mask-error.ts';
import {
  UpstreamContractError,
  UpstreamError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../http/errors.ts';
import { isMissingCall } from '../http/refusal.ts';
import { builder, described } from './builder.ts';

/** Something that stood in the way of a change. */
export interface UserError {
  code: ErrorCode;
  message: string;
  field: readonly string[] | null;
}
/** What stood in the way of a change; empty on success. */
export type UserErrors = readonly UserError[];

/** Whether it is not known what came of a change, or of a part of it. */
export const isIndeterminate = (userErrors: UserErrors): boolean =>
  userErrors.some(({ code }) => code === 'INDETERMINATE');

/** What is left of user errors when a look was taken at what was asked for: what was not known is done, or as unclear as before. */
export const afterVerification = (userErrors: UserErrors, isDone: boolean): UserErrors =>
  userErrors.flatMap(({ message, ...error }) => {
    if (error.code !== 'INDETERMINATE') return [{ ...error, message }];
    const still = `A look now does not show the change, and nothing was sent again. ${message}`;
    return isDone ? [] : [{ ...error, message: still }];
  });

export const ErrorCodeEnum = builder.enumType(
  'ErrorCode',
  described('Why something failed: a closed list.', ERROR_CODES),
);

export const UserErrorType = builder.objectRef<UserError>('UserError').implement({
  description: 'Something that stood in the way of a change and could be foreseen.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, nullable: false, description: 'What it is.' }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'What it is in words, and what to do.',
    }),
    field: t.exposeStringList('field', {
      nullable: { list: true, items: false },
      description: 'Path of the input field at fault; null where it is none in particular.',
    }),
  }),
});

const FORESEEABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'CONFLICT',
  'QUOTA_EXCEEDED',
  'UPSTREAM_BUSY',
]);

/** Regions differ in what they offer; a wrong base URL looks the same. */
const NOT_OFFERED: UserError = {
  code: 'BAD_USER_INPUT',
  message: 'The service has no such operation in this region; nothing was changed.',
  field: ['input'],
};

/**
 * Whether a write may have run although it failed: no answer, a broken one, or one from a machine in between. What the service
 * itself refused as a whole, with a code of its own, did not run.
 */
const mayHaveRun = (error: UpstreamError): boolean => {
  if (error.service === 'iam') return false; // without a token nothing was sent
  if (error instanceof UpstreamContractError) return true;
  if (error instanceof UpstreamTimeout || error instanceof UpstreamUnreachable) return !error.neverSent;
  if (!(error instanceof UpstreamRefusal)) return false;
  const { status, partly = false } = error.facts;
  return partly || (status >= 500 && !FORESEEABLE.has(error.code));
};

/** What a write can tell its caller beyond the error itself. */
export interface ErrorMessages {
  /** Where to look after an outcome that is not known. */
  howToFindOut: string;
  /** What to do about a refusal, and the input field at fault. */
  refusals?: Partial<Record<ErrorCode, { message: string; field?: readonly string[] }>>;
}

/** Runs a write. Refusals that one can foresee, and outcomes that are not known, become data; other failures stay errors. */
export const refusalsAsData = async <T>(
  write: () => Promise<T>,
  words: ErrorMessages,
): Promise<{ value: T | null; userErrors: UserErrors }> => {
  const refused = (userError: UserError) => ({ value: null, userErrors: [userError] });
  try {
    return { value: await write(), userErrors: [] };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (isMissingCall(error)) return refused(NOT_OFFERED);
    if (mayHaveRun(error))
      return refused({ code: 'INDETERMINATE', message: words.howToFindOut, field: null });
    if (!FORESEEABLE.has(error.code)) throw error;
    const { message, field } = words.refusals?.[error.code] ?? {};
    const told = message ? `${describeError(error)} ${message}` : describeError(error);
    return refused({ code: error.code, message: told, field: field ?? null });
  }
};
