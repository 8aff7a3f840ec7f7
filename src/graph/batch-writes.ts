import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../errors/error-codes.ts';
import { describeError } from './mask-error.ts';
import { DeadlineExceeded, UpstreamError, UpstreamRefusal } from '../http/errors.ts';
import { refusalsAsData, type UserError, type ErrorMessages } from './user-error.ts';

/** What came of one of the several writes of a mutation. `FAILED` is what one cannot foresee, though it certainly did not run. */
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

/** Runs one of the several writes of a mutation. Whatever comes of it is told, so that what the others did is not lost. */
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

/** Too little time was left for it, so that there is none for the next one either. */
const isUnsent = (error: UpstreamError) => error instanceof DeadlineExceeded && error.unsentWrite;

/**
 * Runs writes one after the other. Where one says that the next would fare no better (no answer, no credentials, throttled), or
 * `endsIt` says so of a refusal, the rest is not sent: waiting for each of them helps nobody, and failed signatures lock a key.
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

/** Fails as a whole where nothing was done, and for no reason that one can foresee. */
export const throwIfAllFailed = (parts: readonly WriteResult[]): void => {
  const [first] = parts;
  if (first?.outcome === 'FAILED' && parts.every(({ outcome }) => /^(FAILED|NOT_SENT)$/.test(outcome)))
    throw first.error;
};

/** What a client is told of a part that was not done, at the input field it stands for. */
export const userErrorsOfPart = (
  part: WriteResult,
  ...fields: readonly (readonly string[])[]
): UserError[] =>
  part.outcome === 'DONE'
    ? []
    : fields.map((field) => ({ code: part.code, message: part.message, field: [...field] }));

/**
 * A read that a write needs first. Where it fails nothing was sent, so that no unclear outcome may be made of it: it stays an
 * error. Refusals are told as those of the write are.
 */
export const readBeforeWrite = <T>(read: Promise<T>): Promise<T> =>
  read.catch((cause: unknown) => {
    const refused = cause instanceof UpstreamRefusal && cause.facts.status < 500;
    if (!(cause instanceof UpstreamError) || refused) throw cause;
    throw new GraphQLError(cause.message, { originalError: cause });
  });
