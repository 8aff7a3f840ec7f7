import type { ExecutionResult } from 'graphql';
import { asClientError, codeOf } from './errors.ts';
import { MOST_ERRORS } from './failures.ts';
import { withoutSuggestion } from './guards/suggestions.ts';
import { locatorOf } from './locations.ts';
import type { Metrics } from './metrics.ts';
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
  cost: { ...cost, upstreamCalls: budget.calls, upstreamCallLimit: budget.callLimit },
  ...(explanation && { explain: explanation.told() }),
});

export const createResults = (metrics: Metrics, suggestions: boolean): Results => {
  const told: Results['told'] = (result, operation) => {
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
