import type { ExecutionResult, GraphQLError } from 'graphql';
import { maskError, codeOf, isUnexpected, unwrapError } from '../graph/mask-error.ts';
import { MAX_ERRORS } from '../errors/field-errors.ts';
import { withoutSuggestion } from './suggestions.ts';
import { createLocator } from '../errors/source-locations.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { fitsIn } from './response-size.ts';
import { clientError } from '../errors/client-error.ts';
import type { Operation } from '../request/operation.ts';

/**
 * Formats results for clients, and counts and logs their errors. After a client has disconnected, errors of its operation are ignored
 * in log, metrics and trace.
 */
export interface ResultFormatter {
  /** Formats a final result: appends errors of partial lists and the requested `extensions`. Its errors are counted by `countErrors`. */
  formatResult<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Formats one event of a subscription. Its errors are counted at once, since most subscriptions end when the client disconnects. */
  formatEvent<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Counts the errors of an operation, or drops them if its client has disconnected. Called once, when the response has ended. */
  finishErrors(operation: Operation): void;
}

/** The `extensions` of a result, for clients that requested them. */
const extensionsOf = ({ budget, explanation, cost }: Operation) => ({
  cost: {
    ...(cost && { estimated: cost.estimated, limit: cost.limit }),
    upstreamCalls: budget.calls,
    upstreamCallLimit: budget.callLimit,
  },
  ...(explanation && { explain: explanation.toExtension() }),
});

/** The result with `QUERY_TOO_COMPLEX` in place of data that is too large. */
const withoutData = <Result extends ExecutionResult>(result: Result, maxBytes: number): Result => ({
  ...result,
  data: null,
  errors: [
    clientError(
      'QUERY_TOO_COMPLEX',
      `The answer has more than ${maxBytes.toLocaleString('en-US')} bytes. Ask for smaller pages with \`first\`, or for less of ` +
        "each row; the operator's setting is MAX_ANSWER_BYTES.",
    ),
  ],
});

interface ResultOptions {
  /** Whether error messages may suggest names of the schema. */
  suggestions: boolean;
  /** The most bytes of one answer. */
  maxBytes: number;
}

export const createResultFormatter = (
  metrics: Pick<Metrics, 'countError'>,
  log: Pick<Log, 'error'>,
  { suggestions, maxBytes }: ResultOptions,
): ResultFormatter => {
  /** All errors, or the first {@link MAX_ERRORS} with a summary of the others. */
  const limitErrors = (
    errors: readonly GraphQLError[],
    { fieldErrors }: Operation,
  ): readonly GraphQLError[] => {
    for (const error of errors.slice(MAX_ERRORS)) fieldErrors.omit(codeOf(error));
    const summary = fieldErrors.summary();
    return summary ? [...errors.slice(0, MAX_ERRORS), summary] : errors;
  };

  /** Replaces errors by masked ones: with a code of the closed list, request id and locations, without internals. */
  const maskErrors = <Result extends ExecutionResult>(whole: Result, operation: Operation): Result => {
    if (operation.clientAbort.aborted) return whole;
    const result = fitsIn(whole.data, maxBytes, operation) ? whole : withoutData(whole, maxBytes);
    if (!result.errors) return result;
    const { requestId, codes, text = '' } = operation;
    const locate = createLocator(text);
    const errors = limitErrors(result.errors, operation).map((error) => {
      if (isUnexpected(error)) log.error({ err: unwrapError(error), requestId }, 'unexpected error');
      const client = maskError(error, requestId, locate);
      codes.push(String(client.extensions['code']));
      if (!suggestions) client.message = withoutSuggestion(client.message);
      return client;
    });
    return { ...result, errors };
  };

  const count = (operation: Operation): void => {
    for (const code of operation.codes.slice(operation.counted)) metrics.countError(code);
    operation.counted = operation.codes.length;
  };

  return {
    formatResult: (result, operation) => {
      const { partialErrors, includesCost } = operation;
      const whole =
        partialErrors.length > 0
          ? { ...result, errors: [...(result.errors ?? []), ...partialErrors] }
          : result;
      const answer = maskErrors(whole, operation);
      return includesCost
        ? { ...answer, extensions: { ...answer.extensions, ...extensionsOf(operation) } }
        : answer;
    },
    formatEvent: (result, operation) => {
      const event = maskErrors(result, operation);
      count(operation);
      return event;
    },
    finishErrors: (operation) => {
      if (operation.clientAbort.aborted) operation.codes.length = 0;
      else count(operation);
    },
  };
};
