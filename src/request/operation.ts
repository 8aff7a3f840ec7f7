import { hash } from 'node:crypto';
import type { GraphQLError } from 'graphql';
import { createExplanation, type ExplainLevel, type Explanation } from './explain.ts';
import { FieldErrors } from '../errors/field-errors.ts';
import { type Budget, type BudgetLimits, createBudget } from '../http/budget.ts';
import { LightAbortSignal } from '../http/abort-signal.ts';
import type { EstimatedCost } from '../guards/limits/limits.ts';
import { callerKey } from '../guards/caller-key.ts';
import type { Identity } from '../guards/authentication.ts';
import type { BatchObserver } from '../paging/batch-observer.ts';
import type { OperationTrace } from '../observability/operation-trace.ts';

/** The audit line of one mutation, until it is written. */
export interface Audit {
  /** Notes the outcome of a root field, by its key in the response: `done`, or error codes. */
  settle(key: string, outcome: readonly string[]): void;
  /** Writes the line, once. A field without an outcome gets the codes of these errors, or counts as skipped if there are none. */
  write(errors: readonly unknown[]): void;
}

/** The state of one running operation: its budget, and the data for log, metrics, traces and `extensions`. */
export interface Operation {
  requestId: string;
  /** The authenticated caller; missing before authentication. */
  identity?: Identity;
  /** Digest of the caller; set by {@link identify}. */
  callerKey?: string;
  /** Address of the client; set only if the log is to name it. */
  address?: string | undefined;
  budget: Budget;
  /** Aborted when the client disconnects before it has the whole response; the log line then has status 499. */
  clientAbort: LightAbortSignal;
  /** Loads that fields requested from lists; merged loads make fewer calls. */
  loadCount: number;
  observeBatches: (kind: string) => BatchObserver;
  /** Set if the client requested `extensions.explain`. */
  explanation: Explanation | undefined;
  /** The client requested the cost in `extensions`. */
  includesCost: boolean;
  /** Estimated before the operation runs. */
  cost?: EstimatedCost;
  text?: string;
  name?: string | undefined;
  type?: string;
  /** Errors of lists that could be read only in part; they are reported beside the data. */
  partialErrors: GraphQLError[];
  fieldErrors: FieldErrors;
  /** The response must not be cached: rows are missing in it, whether or not it reports that. */
  uncacheable: boolean;
  /** Cancels the timeout that disconnects the client; must be called when the response is closed. */
  cancelTimeout?: () => void;
  /** Set for a mutation until its audit line is written. */
  audit?: Audit;
  /** Settles when a mutation has ended, which may be after its connection was closed. */
  writing?: Promise<unknown>;
  /** Codes of the errors in the response. */
  codes: string[];
  /** Number of them that the metrics have counted. */
  counted: number;
  /** Undefined if tracing is off. */
  trace: OperationTrace | undefined;
}

/** The digest of the caller of an operation, computed once. */
export const identify = (
  operation: Pick<Operation, 'callerKey'>,
  token: string | undefined,
  subject: string | undefined,
): string => (operation.callerKey ??= callerKey({ token, subject }));

/** The `extensions` that a client requested. */
interface OperationOptions {
  explain?: ExplainLevel | undefined;
  cost: boolean;
}

export const createOperation = (
  requestId: string,
  limits: BudgetLimits,
  requested: OperationOptions = { cost: false },
  trace?: OperationTrace,
): Operation => {
  const explanation = requested.explain && createExplanation(requested.explain);
  const operation: Operation = {
    requestId,
    budget: createBudget(limits),
    clientAbort: new LightAbortSignal(),
    loadCount: 0,
    observeBatches: (kind) => {
      const explained = explanation?.observeBatches(kind);
      return {
        requested: (list, part) => {
          operation.loadCount += 1;
          explained?.requested(list, part);
        },
        read: (list, part) => explained?.read(list, part),
      };
    },
    explanation,
    includesCost: requested.cost || explanation !== undefined,
    partialErrors: [],
    fieldErrors: new FieldErrors(),
    uncacheable: false,
    codes: [],
    counted: 0,
    trace,
  };
  return operation;
};

const MAX_NAME_LENGTH = 100;

/** Log fields of an operation that ended: never its variables, nor its text. */
export const logFields = ({ requestId, identity, address, name, type, text, budget, codes }: Operation) => ({
  requestId,
  ...(identity?.caller !== undefined && { caller: identity.caller }),
  ...(address !== undefined && { address }),
  ...(name !== undefined && { operation: name.slice(0, MAX_NAME_LENGTH) }),
  ...(type !== undefined && { type }),
  ...(text !== undefined && { hash: hash('sha256', text).slice(0, 16) }),
  upstreamCalls: budget.calls,
  retries: budget.retries,
  codes: [...new Set(codes)],
});
