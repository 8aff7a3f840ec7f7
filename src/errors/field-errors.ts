import { GraphQLError } from 'graphql';
import { clientError } from './client-error.ts';
import type { ErrorCode } from './error-codes.ts';

/** The most errors that one answer lists; further ones are summed up in one. */
export const MAX_ERRORS = 1_000;

/** Limits the errors of one answer, since an error costs more CPU time than a value. */
export class FieldErrors {
  private count = 0;
  private readonly omitted = new Map<ErrorCode, number>();

  /** Throws the error of a nullable field; beyond {@link MAX_ERRORS}, counts it by its code and returns null. */
  throwOrCount(error: unknown, codeOf: (error: unknown) => ErrorCode): null {
    this.count += 1;
    if (this.count <= MAX_ERRORS) throw error;
    this.omit(codeOf(error));
    return null;
  }

  /** Counts an error that the answer does not list. */
  omit(code: ErrorCode): void {
    this.omitted.set(code, (this.omitted.get(code) ?? 0) + 1);
  }

  /** One error in place of all omitted ones, with their most frequent code; null if none was omitted. */
  summary(): GraphQLError | null {
    const counts = [...this.omitted].toSorted(([, a], [, b]) => b - a);
    const [first] = counts;
    if (!first) return null;
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    return clientError(
      first[0],
      `${total} more errors are left out: an answer tells ${MAX_ERRORS} at most. Ask for less at once to see them.`,
      { leftOut: Object.fromEntries(counts) },
    );
  }

  /** Resets the counts for the next event of a subscription. */
  renew(): void {
    this.count = 0;
    this.omitted.clear();
  }
}
