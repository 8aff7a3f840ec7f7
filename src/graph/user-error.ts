import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { describeError } from './mask-error.ts';
import {
  ShuttingDown,
  UpstreamContractError,
  UpstreamError,
  UpstreamRefusal,
  UpstreamTimeout,
  UpstreamUnreachable,
} from '../http/errors.ts';
import { isMissingCall } from '../http/refusal.ts';
import { builder, described } from './builder.ts';

/** A reason why a change was not made, or its outcome is unknown. */
export interface UserError {
  code: ErrorCode;
  message: string;
  field: readonly string[] | null;
}

/** User errors of a change; empty on success. */
export type UserErrors = readonly UserError[];

/** Whether the outcome of a change, or of a part of it, is unknown. */
export const isIndeterminate = (userErrors: UserErrors): boolean =>
  userErrors.some(({ code }) => code === 'INDETERMINATE');

/** The remaining user errors after a verification: `INDETERMINATE` ones are dropped if the change is done, and kept otherwise. */
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
  shareable: true,
  description: 'A reason why a change was not made, or why its outcome is not known.',
  fields: (t) => ({
    code: t.expose('code', { type: ErrorCodeEnum, nullable: false, description: 'Code of the error.' }),
    message: t.exposeString('message', {
      nullable: false,
      description: 'The error in words, and what to do.',
    }),
    field: t.exposeStringList('field', {
      nullable: { list: true, items: false },
      description: 'Path of the input field that caused the error; null if no single field did.',
    }),
  }),
});

const EXPECTED_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'CONFLICT',
  'QUOTA_EXCEEDED',
  'UPSTREAM_BUSY',
]);

/** For operations that a region does not offer; a wrong base URL has the same effect. */
const NOT_OFFERED: UserError = {
  code: 'BAD_USER_INPUT',
  message: 'The service has no such operation in this region; nothing was changed.',
  field: ['input'],
};

/**
 * Whether a failed write may have run: there was no answer, an invalid one, or one from a proxy. A write that the service refused as
 * a whole, with a code of its own, did not run.
 */
const mayHaveRun = (error: UpstreamError): boolean => {
  if (error.service === 'iam') return false; // the write was not sent, since there was no token for it
  if (error instanceof UpstreamContractError) return true;
  if (error instanceof UpstreamTimeout || error instanceof UpstreamUnreachable) return !error.neverSent;
  if (error instanceof ShuttingDown) return error.mayHaveRun;
  if (!(error instanceof UpstreamRefusal)) return false;
  const { status, partly = false } = error.facts;
  return partly || (status >= 500 && !EXPECTED_CODES.has(error.code));
};

/** Messages of a mutation that extend those of the errors. */
export interface ErrorMessages {
  /** How a client finds out whether an indeterminate write ran. */
  howToFindOut: string;
  /** For a refusal with a code: what to do, and the input field at fault. */
  refusals?: Partial<Record<ErrorCode, { message: string; field?: readonly string[] }>>;
}

/** Runs a write. Expected refusals and unknown outcomes become user errors; other failures are thrown. */
export const refusalsAsData = async <T>(
  write: () => Promise<T>,
  messages: ErrorMessages,
): Promise<{ value: T | null; userErrors: UserErrors }> => {
  const asUserError = (userError: UserError) => ({ value: null, userErrors: [userError] });
  try {
    return { value: await write(), userErrors: [] };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (isMissingCall(error)) return asUserError(NOT_OFFERED);
    if (mayHaveRun(error))
      return asUserError({ code: 'INDETERMINATE', message: messages.howToFindOut, field: null });
    if (!EXPECTED_CODES.has(error.code)) throw error;
    const { message, field } = messages.refusals?.[error.code] ?? {};
    const description = message ? `${describeError(error)} ${message}` : describeError(error);
    return asUserError({ code: error.code, message: description, field: field ?? null });
  }
};
