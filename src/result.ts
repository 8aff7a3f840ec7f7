import type { ExecutionResult } from 'graphql';
import { asClientError, codeOf } from './errors.ts';
import { MOST_ERRORS } from './failures.ts';
import { withoutSuggestion } from './guards/suggestions.ts';
import { locatorOf } from './locations.ts';
import type { Metrics } from './metrics.ts';
import { isWithin } from './answer-size.ts';
import { clientError } from './client-error.ts';
import type { Operation } from './operation.ts';

/** The last word on what leaves: errors as clients are told them, and what else they asked to be told. */
export interface Results {
  /** Errors with a code of the closed list, the request id, and nothing internal. */
  told<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
  /** The same, with what is missing in lists that were read all the same, and with what the caller asked to be told. */
  finished<Result extends ExecutionResult>(result: Result, operation: Operation): Result;
}

/** What a caller asked to be told beside the answer. */
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

export const createResults = (metrics: Metrics, suggestions: boolean, maxBytes: number): Results => {
  const told: Results['told'] = (whole, operation) => {
    const result = isWithin(whole.data, maxBytes, operation) ? whole : withoutData(whole, maxBytes);
    if (!result.errors) return result;
    const { failures, requestId, text = '' } = operation;
    const locate = locatorOf(text);
    for (const error of result.errors.slice(MOST_ERRORS)) failures.leaveOut(codeOf(error));
    const summary = failures.summary();
    const told = [...result.errors.slice(0, MOST_ERRORS), ...(summary ? [summary] : [])];
    const errors = told.map((error) => asClientError(error, requestId, locate));
    for (const error of errors) {
      const code = String(error.extensions['code']);
      metrics.countError(code);
      operation.codes.push(code);
      if (!suggestions) error.message = withoutSuggestion(error.message);
    }
    return { ...result, errors };
  };
  return {
    told,
    finished: (result, operation) => {
      const { missing, tellsCost } = operation;
      const whole =
        missing.length > 0 ? { ...result, errors: [...(result.errors ?? []), ...missing] } : result;
      const answer = told(whole, operation);
      return tellsCost
        ? { ...answer, extensions: { ...answer.extensions, ...extensionsOf(operation) } }
        : answer;
    },
  };
};
