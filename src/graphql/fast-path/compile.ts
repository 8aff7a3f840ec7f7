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
import type { Context } from '../../request/context.ts';
import { isCompilable } from './compilable.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Runs a query. A result without `data` means that nothing ran: the variables are invalid. */
export type RunQuery = (context: Context, variables: Variables) => Promise<ExecutionResult> | ExecutionResult;

/** Converts an error to the form of GraphQL's own executor: the compiler sets no original error for errors that it finds itself. */
const toExecutorError = (error: GraphQLError): GraphQLError => {
  const executed = new GraphQLError(error.message, {
    ...(error.path && { path: error.path }),
    originalError: error.originalError ?? new Error(error.message),
  });
  return Object.defineProperty(executed, 'locations', { value: error.locations, enumerable: true });
};

const withExecutorErrors = ({ data, errors }: ExecutionResult): ExecutionResult =>
  errors && errors.length > 0
    ? { ...(data !== undefined && { data }), errors: errors.map(toExecutorError) }
    : { data: data! };

/** Compiles a query to a function; null if the compiler does not support it safely. */
export const compileRun = (
  schema: GraphQLSchema,
  text: string,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): RunQuery | null => {
  if (!isCompilable(schema, document, operation)) return null;
  // Parsed again, since the compiler changes the document, which would affect other operations of it.
  const compiled = compileQuery(schema, withOffsetsOnly(parse(text)), operation.name?.value, {
    disablingCapturingStackErrors: true,
    // Resolvers are typed and responses of the cloud are checked: serializing each leaf would double the time.
    disableLeafSerialization: true,
  });
  if (!isCompiledQuery(compiled)) return null;
  return (context, variables) => {
    // The compiler's own check accepts lists as objects, and does not know `@oneOf`.
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) return { errors };
    // Without a prototype: else a missing variable named `toString` would have a value.
    const result = compiled.query(undefined, context, Object.assign(Object.create(null), variables));
    return result instanceof Promise ? result.then(withExecutorErrors) : withExecutorErrors(result);
  };
};
