import type { ExecutionResult } from 'graphql';
import { asClientError, isUnexpected, rootOf } from './errors.ts';
import { withoutSuggestion } from './guards/suggestions.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Operation } from './operation.ts';

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
  cost: { ...cost, upstreamCalls: budget.calls, upstreamCallLimit: budget.callLimit },
  ...(explanation && { explain: explanation.told() }),
});

export const createResults = (
  metrics: Pick<Metrics, 'countError'>,
  suggestions: boolean,
  log: Pick<Log, 'error'>,
): Results => {
  /** Gives errors a code of the closed list and the request id, and nothing internal. */
  const told = <Result extends ExecutionResult>(result: Result, operation: Operation): Result => {
    if (!result.errors || operation.gone.aborted) return result;
    const { requestId, codes } = operation;
    const errors = result.errors.map((error) => {
      if (isUnexpected(error)) log.error({ err: rootOf(error), requestId }, 'unexpected error');
      const client = asClientError(error, requestId);
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
