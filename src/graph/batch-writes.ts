import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../errors/error-codes.ts';
import { describeError } from './mask-error.ts';
import { DeadlineExceeded, UpstreamError, UpstreamRefusal } from '../http/errors.ts';
import { refusalsAsData, type UserError, type ErrorMessages } from './user-error.ts';

/** Result of one of several writes of a mutation. `FAILED` is an unforeseeable error of a write that certainly did not run. */
export type WriteResult =
  | { outcome: 'DONE' }
  | {
      outcome: 'REFUSED' | 'UNCLEAR' | 'FAILED' | 'NOT_SENT';
      code: ErrorCode;
      message: string;
      error: UpstreamError;
    };

/** Whether a write took effect, or may have. */
export const mayHaveEffect = ({ outcome }: WriteResult): boolean =>
  outcome === 'DONE' || outcome === 'UNCLEAR';

/** Runs one of several writes of a mutation. Upstream errors become results, so the results of the other writes are kept. */
export const runWritePart = async (
  write: () => Promise<unknown>,
  messages: ErrorMessages,
): Promise<WriteResult> => {
  const error = await write().then(
    () => null,
    (cause: unknown) => {
      if (cause instanceof UpstreamError) return cause;
      throw cause;
    },
  );
  if (error === null) return { outcome: 'DONE' };
  try {
    const { userErrors } = await refusalsAsData(() => Promise.reject(error), messages);
    const { code, message } = userErrors[0]!;
    return { outcome: code === 'INDETERMINATE' ? 'UNCLEAR' : 'REFUSED', code, message, error };
  } catch {
    return { outcome: 'FAILED', code: error.code, message: describeError(error), error };
  }
};

/** Whether too little time was left for the write, and so for the next one. */
const isUnsent = (error: UpstreamError) => error instanceof DeadlineExceeded && error.unsentWrite;

/**
 * Runs writes one after the other. After an error that the next write would meet too (no answer, no credentials, throttled), or a
 * refusal that is `isFatal`, the rest is not sent: failed signatures lock a key.
 */
export const runWritesInOrder = async <Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<WriteResult>,
  isFatal: (error: UpstreamError) => boolean = () => false,
): Promise<{ item: Item; part: WriteResult }[]> => {
  const parts: { item: Item; part: WriteResult }[] = [];
  let rest: WriteResult | undefined;
  for (const item of items) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const part = rest ?? (await run(item));
    parts.push({ item, part });
    if (rest || part.outcome === 'DONE' || (part.outcome === 'REFUSED' && !isFatal(part.error))) continue;
    const { code } = part.error;
    const message = isUnsent(part.error)
      ? describeError(part.error)
      : `Not sent, because the call before it failed: ${describeError(part.error)}`;
    rest = { outcome: 'NOT_SENT', code, message, error: part.error };
  }
  return parts;
};

/** Throws the first error where nothing was done, and for an unforeseeable reason. */
export const throwIfAllFailed = (parts: readonly WriteResult[]): void => {
  const [first] = parts;
  if (first?.outcome === 'FAILED' && parts.every(({ outcome }) => /^(FAILED|NOT_SENT)$/.test(outcome)))
    throw first.error;
};

/** User errors of a write that was not done, one for each of its input fields. */
export const userErrorsOfPart = (
  part: WriteResult,
  ...fields: readonly (readonly string[])[]
): UserError[] =>
  part.outcome === 'DONE'
    ? []
    : fields.map((field) => ({ code: part.code, message: part.message, field: [...field] }));

/**
 * Marks a read that a write needs first. Where it fails nothing was sent, so its failure must not become an unclear outcome: it
 * stays an error. Refusals are reported as those of the write are.
 */
export const readBeforeWrite = <T>(read: Promise<T>): Promise<T> =>
  read.catch((cause: unknown) => {
    const refused = cause instanceof UpstreamRefusal && cause.facts.status < 500;
    if (!(cause instanceof UpstreamError) || refused) throw cause;
    throw new GraphQLError(cause.message, { originalError: cause });
  });
