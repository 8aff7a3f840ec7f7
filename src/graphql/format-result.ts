import type { ExecutionResult, GraphQLError } from 'graphql';
import { asClientError, codeOf, isUnexpected, rootOf } from '../graph/mask-error.ts';
import { MOST_ERRORS } from '../errors/field-errors.ts';
import { withoutSuggestion } from './suggestions.ts';
import { locatorOf } from '../errors/source-locations.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { isWithin } from './response-size.ts';
import { clientError } from '../errors/client-error.ts';
import type { Operation } from '../request/operation.ts';

/**
 * Formats results for clients, and counts and logs their errors. Of an operation whose client has left nothing is an error:
 * nobody is told, and neither the log, nor the metrics, nor the trace count any.
 */
export interface Results {
  /** Formats a final result: appends errors of partial lists and the requested `extensions`. Errors count when the answer is through. */
  finished<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Formats one event of a subscription. Its errors count at once: a client ends most subscriptions by hanging up. */
  event<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** Called once, when the answer is through or the client has left: counts the errors, or drops them. */
  ended(operation: Operation): void;
}

/** The `extensions` that the caller asked for. */
const extensionsOf = ({ budget, explanation, cost }: Operation) => ({
  cost: {
    ...(cost && { estimated: cost.estimated, limit: cost.limit }),
    upstreamCalls: budget.calls,
    upstreamCallLimit: budget.callLimit,
  },
  ...(explanation && { explain: explanation.told() }),
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

export const createResults = (
  metrics: Pick<Metrics, 'countError'>,
  log: Pick<Log, 'error'>,
  { suggestions, maxBytes }: ResultOptions,
): Results => {
  /** The errors that are told: all, or the first ones and one in the place of the others. */
  const bounded = (errors: readonly GraphQLError[], { failures }: Operation): readonly GraphQLError[] => {
    for (const error of errors.slice(MOST_ERRORS)) failures.leaveOut(codeOf(error));
    const summary = failures.summary();
    return summary ? [...errors.slice(0, MOST_ERRORS), summary] : errors;
  };

  /** Gives errors a code of the closed list, the request id and their place, and nothing internal. */
  const told = <Result extends ExecutionResult>(whole: Result, operation: Operation): Result => {
    if (operation.gone.aborted) return whole;
    const result = isWithin(whole.data, maxBytes, operation) ? whole : withoutData(whole, maxBytes);
    if (!result.errors) return result;
    const { requestId, codes, text = '' } = operation;
    const locate = locatorOf(text);
    const errors = bounded(result.errors, operation).map((error) => {
      if (isUnexpected(error)) log.error({ err: rootOf(error), requestId }, 'unexpected error');
      const client = asClientError(error, requestId, locate);
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
    finished: (result, operation) => {
      const { missing, tellsCost } = operation;
      const whole =
        missing.length > 0 ? { ...result, errors: [...(result.errors ?? []), ...missing] } : result;
      const answer = told(whole, operation);
      return tellsCost
        ? { ...answer, extensions: { ...answer.extensions, ...extensionsOf(operation) } }
        : answer;
    },
    event: (result, operation) => {
      const event = told(result, operation);
      count(operation);
      return event;
    },
    ended: (operation) => {
      if (operation.gone.aborted) operation.codes.length = 0;
      else count(operation);
    },
  };
};
