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
 * Formats results for clients, and counts and logs their errors. Of an operation whose client has left nothing is an error:
 * nobody is told, and neither the log, nor the metrics, nor the trace count any.
 */
export interface ResultFormatter {
  /** Formats a final result: appends errors of partial lists and the requested `extensions`. Errors count when the answer is through. */
  formatResult<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Formats one event of a subscription. Its errors count at once: a client ends most subscriptions by hanging up. */
  formatEvent<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Called once, when the answer is through or the client has left: counts the errors, or drops them. */
  countErrors(operation: Operation): void;
}

/** The `extensions` that the caller asked for. */
const extensionsOf = ({ budget, explanation, cost }: Operation) => ({
  cost: {
    ...(cost && { estimated: cost.estimated, limit: cost.limit }),
    upstreamCalls: budget.calls,
    upstreamCallLimit: budget.callLimit,
  },
  ...(explanation && { explain: explanation.toExtension() }),
});

/** The refusal in the place of an answer that is too long. */
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

/** How results are formatted. */
interface ResultOptions {
  /** Whether errors may propose names of the schema. */
  suggestions: boolean;
  /** Bytes of one answer. */
  maxBytes: number;
}

export const createResultFormatter = (
  metrics: Pick<Metrics, 'countError'>,
  log: Pick<Log, 'error'>,
  { suggestions, maxBytes }: ResultOptions,
): ResultFormatter => {
  /** The errors that are told: all, or the first ones and one in the place of the others. */
  const bounded = (errors: readonly GraphQLError[], { fieldErrors }: Operation): readonly GraphQLError[] => {
    for (const error of errors.slice(MAX_ERRORS)) fieldErrors.omit(codeOf(error));
    const summary = fieldErrors.summary();
    return summary ? [...errors.slice(0, MAX_ERRORS), summary] : errors;
  };

  /** Gives errors a code of the closed list, the request id and their place, and nothing internal. */
  const maskErrors = <Result extends ExecutionResult>(whole: Result, operation: Operation): Result => {
    if (operation.clientAbort.aborted) return whole;
    const result = fitsIn(whole.data, maxBytes, operation) ? whole : withoutData(whole, maxBytes);
    if (!result.errors) return result;
    const { requestId, codes, text = '' } = operation;
    const locate = createLocator(text);
    const errors = bounded(result.errors, operation).map((error) => {
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
      const { partialErrors, tellsCost } = operation;
      const whole =
        partialErrors.length > 0
          ? { ...result, errors: [...(result.errors ?? []), ...partialErrors] }
          : result;
      const answer = maskErrors(whole, operation);
      return tellsCost
        ? { ...answer, extensions: { ...answer.extensions, ...extensionsOf(operation) } }
        : answer;
    },
    formatEvent: (result, operation) => {
      const event = maskErrors(result, operation);
      count(operation);
      return event;
    },
    countErrors: (operation) => {
      if (operation.clientAbort.aborted) operation.codes.length = 0;
      else count(operation);
    },
  };
};
