import {
  type DocumentNode,
  type ExecutionResult,
  getVariableValues,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from '../../request/context.ts';
import { isCompilable } from './compilable.ts';
import { planQuery } from './plan.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Runs a query. A result without `data` means that nothing ran: the variables are invalid. */
export type RunQuery = (context: Context, variables: Variables) => Promise<ExecutionResult> | ExecutionResult;

/** Compiles a query to a function; null if it has to be left to GraphQL's own executor. */
export const compileRun = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RunQuery | null => {
  if (!isCompilable(document)) return null;
  const run = planQuery(schema, document, operation);
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return (context) => run(context, {});
  return (context, variables) => {
    const { errors, coerced } = getVariableValues(schema, definitions, variables);
    return errors ? { errors } : run(context, coerced);
  };
};
