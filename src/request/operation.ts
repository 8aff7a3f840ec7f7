import { hash } from 'node:crypto';
import type { GraphQLError } from 'graphql';
import type { Audit } from '../graphql/audit.ts';
import { createExplanation, type Explanation } from './explain.ts';
import { Failures } from '../errors/field-errors.ts';
import { type Budget, type BudgetLimits, createBudget } from '../http/budget.ts';
import { HangUp } from '../http/abort-signal.ts';
import type { EstimatedCost } from '../guards/limits/limits.ts';
import type { Identity } from '../guards/authentication.ts';
import type { Merging } from '../paging/batch-observer.ts';
import type { OperationTrace } from '../observability/tracing.ts';

/** One operation as it runs: what it may still ask of the cloud, and what is known of it so far. */
export interface Operation {
  requestId: string;
  /** Who asks; missing until the gateway knows. */
  identity?: Identity;
  /** Address of the client, where the log names it. */
  address?: string | undefined;
  budget: Budget;
  /** Aborted when the client leaves before the answer is through: the log line then has status 499. */
  gone: HangUp;
  /** What of lists was asked for, by whatever field; fewer calls than that were made. */
  asked: number;
  merging: (what: string) => Merging;
  /** Filled where the caller wants to be told. */
  explanation: Explanation | undefined;
  /** Whether the caller wants to know what it costs. */
  tellsCost: boolean;
  /** What it was estimated to cost before it ran. */
  cost?: EstimatedCost;
  text?: string;
  name?: string | undefined;
  type?: string;
  /** What is missing in lists that were read all the same: told beside the data. */
  missing: GraphQLError[];
  failures: Failures;
  /** Whether the answer is good for this moment only: rows are missing in it, as it may say itself. */
  passing: boolean;
  /** Calls off that its caller is let go of; has to be done when his answer is through. */
  unhurried?: () => void;
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
interface Wishes {
  explain: boolean;
  cost: boolean;
}

/** An operation that begins now. */
export const createOperation = (
  requestId: string,
  limits: BudgetLimits,
  wishes: Wishes = { explain: false, cost: false },
  trace?: OperationTrace,
): Operation => {
  const explanation = wishes.explain ? createExplanation() : undefined;
  const operation: Operation = {
    requestId,
    budget: createBudget(limits),
    gone: new HangUp(),
    asked: 0,
    merging: (what) => {
      const told = explanation?.merging(what);
      return {
        asked: (list, part) => {
          operation.asked += 1;
          told?.asked(list, part);
        },
        read: (list, part) => told?.read(list, part),
      };
    },
    explanation,
    tellsCost: wishes.cost || wishes.explain,
    missing: [],
    failures: new Failures(),
    passing: false,
    codes: [],
    counted: 0,
    trace,
  };
  return operation;
};

const LONGEST_NAME = 100;

/** What the log says of an operation that ended: never its variables, nor the text itself. */
export const factsOf = ({ requestId, identity, address, name, type, text, budget, codes }: Operation) => ({
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
