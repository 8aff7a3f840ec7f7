import { GraphQLError } from 'graphql';
import { clientError } from './client-error.ts';
import type { ErrorCode } from './error-codes.ts';

/** Errors of one answer that are told one by one. */
export const MAX_ERRORS = 1_000;

/** Counts the errors of one answer: an error costs more than a value, and a thousand of them say what there is to say. */
export class FieldErrors {
  private count = 0;
  private readonly omitted = new Map<ErrorCode, number>();

  /** Throws the error of a field that can be null; beyond the most that are told, counts it and gives null. */
  throwOrCount(error: unknown, codeOf: (error: unknown) => ErrorCode): null {
    this.count += 1;
    if (this.count <= MAX_ERRORS) throw error;
    this.omit(codeOf(error));
    return null;
  }

  omit(code: ErrorCode): void {
    this.omitted.set(code, (this.omitted.get(code) ?? 0) + 1);
  }

  /** One error in the place of all that are left out, with the code of most of them; null where there are none. */
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

  /** Begins with the next event of a subscription. */
  renew(): void {
    this.count = 0;
    this.omitted.clear();
  }
}
