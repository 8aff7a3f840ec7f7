import {
  type DocumentNode,
  type ExecutionResult,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { withOffsetsOnly } from '../../errors/source-locations.ts';
import { isCompilable } from './compilable.ts';
import type { Run } from './query-cache.ts';

/** An error as GraphQL's own executor gives it: the compiler names no cause for what it saw itself. */
const asExecuted = (error: GraphQLError): GraphQLError => {
  const executed = new GraphQLError(error.message, {
    ...(error.path && { path: error.path }),
    originalError: error.originalError ?? new Error(error.message),
  });
  return Object.defineProperty(executed, 'locations', { value: error.locations, enumerable: true });
};

const withExecutedErrors = ({ data, errors }: ExecutionResult): ExecutionResult =>
  errors && errors.length > 0
    ? { ...(data !== undefined && { data }), errors: errors.map(asExecuted) }
    : { data: data! };

/** A query compiled to a function, or null where the compiler is not to be trusted with it. */
export const compiledRun = (
  schema: GraphQLSchema,
  text: string,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Run | null => {
  if (!isCompilable(schema, document, operation)) return null;
  // The compiler writes on what it compiles, and would find that again in another operation of the same document.
  const compiled = compileQuery(schema, withOffsetsOnly(parse(text)), operation.name?.value, {
    disablingCapturingStackErrors: true,
    // What leaves is typed, and what came from the cloud was checked: looking at each value again costs as much as all the rest.
    disableLeafSerialization: true,
  });
  if (!isCompiledQuery(compiled)) return null;
  return (context, variables) => {
    // The compiler's own check takes lists for objects, and knows nothing of objects with one key of several.
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) return { errors };
    // Without a prototype, so that a variable named `toString` that was left out is not there.
    const result = compiled.query(undefined, context, Object.assign(Object.create(null), variables));
    return result instanceof Promise ? result.then(withExecutedErrors) : withExecutedErrors(result);
  };
};
