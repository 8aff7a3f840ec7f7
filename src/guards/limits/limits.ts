import { type DocumentNode, getOperationAST, type GraphQLSchema, validate } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { PageSizes } from '../../paging/page-request.ts';
import { estimateCost } from './cost.ts';
import { parseWithin } from './parse.ts';
import { overLimit } from './errors.ts';
import type { OperationLimits } from './operation-limits.ts';
import { checkVariables } from './input-values.ts';
import { type OperationSelections, collectSelections } from './selections.ts';

/** What an operation is estimated to cost. */
export interface EstimatedCost {
  estimated: number;
  limit: number;
  /** Fields without selections: so often a text of the cloud can be in the answer at most. */
  leaves: number;
}

/** The limits of one graph. */
export interface Limits {
  /** Refuses what is over a limit: before it is validated, on every request, and before any call upstream. */
  plugin: Plugin<YogaInitialContext & { operation: { cost?: EstimatedCost } }>;
  /** Throws where an operation is over a limit; gives what it is estimated to cost. */
  check(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): EstimatedCost;
  /** How many values an answer has at most, where every page is full. */
  estimate(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): Omit<EstimatedCost, 'limit'>;
}

/** More mistakes than this in one document help nobody, and each of them costs time. */
const MAX_MISTAKES = 20;

/** What depends on the document alone is measured once for each document, since the server keeps parsed ones. */
const cachedSelections = (schema: GraphQLSchema, limits: OperationLimits) => {
  const measured = new WeakMap<DocumentNode, { shape: OperationSelections } | { refusal: unknown }>();
  return (document: DocumentNode): OperationSelections => {
    let one = measured.get(document);
    if (!one) {
      try {
        one = { shape: collectSelections(schema, document, limits) };
      } catch (refusal) {
        // The frames that its stack is told from hold the request.
        if (refusal instanceof Error) refusal.stack = '';
        one = { refusal };
      }
      measured.set(document, one);
    }
    if ('refusal' in one) throw one.refusal;
    return one.shape;
  };
};

/** Holds the operations on a graph to limits. */
export const createLimits = (schema: GraphQLSchema, limits: OperationLimits, sizes: PageSizes): Limits => {
  const shape = cachedSelections(schema, limits);
  const parse = parseWithin(limits.tokens);

  const estimate: Limits['estimate'] = (document, operationName, variables) => {
    const operations = shape(document);
    const named = getOperationAST(document, operationName);
    const most = { estimated: 0, leaves: 0 };
    for (const [operation, selected] of operations) {
      if (named && operation !== named) continue;
      const within = { sizes, limit: limits.cost };
      const { values, leaves } = estimateCost(schema, operation, selected, variables ?? {}, within);
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
        setValidationFn((of, document, rules) => validate(of, document, rules, { maxErrors: MAX_MISTAKES }));
      },
    },
  };
};
