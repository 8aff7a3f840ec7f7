import {
  type DocumentNode,
  getOperationAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
  validate,
} from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { PageSizes } from '../../paging/page-request.ts';
import { type Cost, estimateCost } from './cost.ts';
import { parseWithin } from './parse.ts';
import { overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';
import { checkVariables } from './input-values.ts';
import { type OperationSelections, collectSelections, type SelectionTree } from './selections.ts';

/** The estimated cost of an operation, in values of the response. */
export interface EstimatedCost {
  estimated: number;
  limit: number;
  /** Leaf fields: a text of the cloud can stand in the response at most so many times. */
  leaves: number;
}

/** The limits of one graph. */
export interface Limits {
  /** Refuses operations over a limit, before they are validated, on every request. */
  plugin: Plugin<YogaInitialContext & { operation: { cost?: EstimatedCost } }>;
  /**
   * Estimates the cost of an operation.
   * @throws `QUERY_TOO_COMPLEX` if it is over a limit.
   */
  check(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): EstimatedCost;
  /** The most values that the response can have, if every page is full. */
  estimate(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): Omit<EstimatedCost, 'limit'>;
}

/** Validation errors reported for one document: more help nobody, and each takes time. */
const MAX_VALIDATION_ERRORS = 20;

/** Collects the selections of each document once: Yoga caches parsed documents. */
const createSelectionCache = (schema: GraphQLSchema, limits: OperationLimits) => {
  const cached = new WeakMap<DocumentNode, { selections: OperationSelections } | { refusal: unknown }>();
  return (document: DocumentNode): OperationSelections => {
    let entry = cached.get(document);
    if (!entry) {
      try {
        entry = { selections: collectSelections(schema, document, limits) };
      } catch (refusal) {
        // The error is cached, and the frames of its stack hold the request.
        if (refusal instanceof Error) refusal.stack = '';
        entry = { refusal };
      }
      cached.set(document, entry);
    }
    if ('refusal' in entry) throw entry.refusal;
    return entry.selections;
  };
};

export const createLimits = (schema: GraphQLSchema, limits: OperationLimits, sizes: PageSizes): Limits => {
  const selectionsOf = createSelectionCache(schema, limits);
  const parse = parseWithin(limits.tokens);

  const constantCosts = new WeakMap<SelectionTree, Cost>();
  /** The cost of an operation; worked out once where no variable changes it. */
  const costOf = (
    operation: OperationDefinitionNode,
    selected: SelectionTree,
    variables: Readonly<Record<string, unknown>>,
  ): Cost => {
    const constant = constantCosts.get(selected);
    if (constant) return constant;
    const cost = estimateCost(schema, operation, selected, variables, { sizes, limit: limits.cost });
    if (cost.isConstant) constantCosts.set(selected, cost);
    return cost;
  };

  const estimate: Limits['estimate'] = (document, operationName, variables) => {
    const operations = selectionsOf(document);
    const named = getOperationAST(document, operationName);
    const most = { estimated: 0, leaves: 0 };
    for (const [operation, selected] of operations) {
      if (named && operation !== named) continue;
      const { values, leaves } = costOf(operation, selected, variables ?? {});
      most.estimated = Math.max(most.estimated, values);
      most.leaves = Math.max(most.leaves, leaves);
    }
    return most;
  };

  const check: Limits['check'] = (document, operationName, variables) => {
    checkVariables(variables ?? {}, limits);
    const { estimated, leaves } = estimate(document, operationName, variables);
    const limit = limits.cost;
    if (estimated > limit) throw overLimit('cost', limit, estimated, { cost: { estimated, limit } });
    return { estimated, limit, leaves };
  };

  return {
    check,
    estimate,
    plugin: {
      onParse: ({ setParseFn }) => setParseFn(parse),
      onValidate: ({ params: { documentAST }, context, setValidationFn }) => {
        const { variables, operationName } = context.params;
        // Thrown, not set as the result of validation: that one is kept for the document, whatever its variables.
        context.operation.cost = check(documentAST, operationName, variables);
        setValidationFn((of, document, rules) =>
          validate(of, document, rules, { maxErrors: MAX_VALIDATION_ERRORS }),
        );
      },
    },
  };
};
