import { hash } from 'node:crypto';
import type { GraphQLError } from 'graphql';
import { createExplanation, type Explanation } from './explain.ts';
import { FieldErrors } from '../errors/field-errors.ts';
import { type Budget, type BudgetLimits, createBudget } from '../http/budget.ts';
import { LightAbortSignal } from '../http/abort-signal.ts';
import type { EstimatedCost } from '../guards/limits/limits.ts';
import type { Identity } from '../guards/authentication.ts';
import type { BatchObserver } from '../paging/batch-observer.ts';
import type { OperationTrace } from '../observability/operation-trace.ts';

/** The audit line of one mutation, until it is written. */
export interface Audit {
  /** Keeps the outcome of a root field, by its key in the answer: `done`, or codes. */
  settle(key: string, outcome: readonly string[]): void;
  /** Writes the line, once. A field without an outcome of its own has the codes of these errors; without any it was skipped. */
  write(errors: readonly unknown[]): void;
}

/** One operation as it runs: what it may still ask of the cloud, and what is known of it so far. */
export interface Operation {
  requestId: string;
  /** Who asks; missing until the gateway knows. */
  identity?: Identity;
  /** Address of the client, where the log names it. */
  address?: string | undefined;
  budget: Budget;
  /** Aborted when the client leaves before the answer is through: the log line then has status 499. */
  clientAbort: LightAbortSignal;
  /** What of lists was asked for, by whatever field; fewer calls than that were made. */
  loadCount: number;
  observeBatches: (what: string) => BatchObserver;
  /** Filled where the caller wants to be told. */
  explanation: Explanation | undefined;
  /** Whether the caller wants to know what it costs. */
  includesCost: boolean;
  /** What it was estimated to cost before it ran. */
  cost?: EstimatedCost;
  text?: string;
  name?: string | undefined;
  type?: string;
  /** What is missing in lists that were read all the same: told beside the data. */
  partialErrors: GraphQLError[];
  fieldErrors: FieldErrors;
  /** Whether the answer is good for this moment only: rows are missing in it, as it may say itself. */
  uncacheable: boolean;
  /** Calls off that its caller is let go of; has to be done when his answer is through. */
  cancelTimeout?: () => void;
  /** Of a mutation, until its line is written. */
  audit?: Audit;
  /** The end of a mutation, which can come after that of its connection. */
  writing?: Promise<unknown>;
  /** Of the errors that were told. */
  codes: string[];
  /** How many of them the metrics have counted. */
  counted: number;
  /** Where traces are made. */
  trace: OperationTrace | undefined;
}

/** What a caller wants to be told beside the answer. */
interface OperationOptions {
  explain: boolean;
  cost: boolean;
}

/** An operation that begins now. */
export const createOperation = (
  requestId: string,
  limits: BudgetLimits,
  wishes: OperationOptions = { explain: false, cost: false },
  trace?: OperationTrace,
): Operation => {
  const explanation = wishes.explain ? createExplanation() : undefined;
  const operation: Operation = {
    requestId,
    budget: createBudget(limits),
    clientAbort: new LightAbortSignal(),
    loadCount: 0,
    observeBatches: (what) => {
      const told = explanation?.observeBatches(what);
      return {
        requested: (list, part) => {
          operation.loadCount += 1;
          told?.requested(list, part);
        },
        read: (list, part) => told?.read(list, part),
      };
    },
    explanation,
    includesCost: wishes.cost || wishes.explain,
    partialErrors: [],
    fieldErrors: new FieldErrors(),
    uncacheable: false,
    codes: [],
    counted: 0,
    trace,
  };
  return operation;
};

const LONGEST_NAME = 100;

/** What the log says of an operation that ended: never its variables, nor the text itself. */
export const logFields = ({ requestId, identity, address, name, type, text, budget, codes }: Operation) => ({
  requestId,
  ...(identity?.caller !== undefined && { caller: identity.caller }),
  ...(address !== undefined && { address }),
  ...(name !== undefined && { operation: name.slice(0, LONGEST_NAME) }),
  ...(type !== undefined && { type }),
  ...(text !== undefined && { hash: hash('sha256', text).slice(0, 16) }),
  upstreamCalls: budget.calls,
  retries: budget.retries,
  codes: [...new Set(codes)],
});
