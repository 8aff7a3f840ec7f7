import { type FieldNode, GraphQLError, locatedError, responsePathAsArray } from 'graphql';
import type { Context } from '../../request/context.ts';

/** The path of a value in the response; undefined for the root. */
export type Path = { prev: Path; key: string | number; typename: undefined } | undefined;

/** An object or a list of the response. */
export type Container = Record<string | number, unknown>;

/** Makes the value of the response from the value of a resolver, at `container[key]`; `path` is that of the container. */
export type Complete = (
  run: Execution,
  value: unknown,
  container: Container,
  key: string | number,
  path: Path,
) => unknown;

/** Where a field stands: for its errors, and for the null that replaces it. */
export interface Position {
  nodes: readonly FieldNode[];
  /**
   * How many steps up the path the null goes that stands for a value that is missing here: 0 where null is allowed, and more where the
   * value, and the ones around it, may not be null.
   */
  nullSteps: number;
}

interface FieldError {
  error: GraphQLError;
  /** Path of the value that becomes null; the error does not count if something around it is null already. */
  nulled: readonly (string | number)[] | undefined;
}

/** Appends a key to a path. */
export const pathTo = (prev: Path, key: string | number): Path => ({ prev, key, typename: undefined });

/** The error of a field, as GraphQL's own executor makes it. No stack trace: capturing one costs more than all the rest. */
const toFieldError = (
  cause: unknown,
  { nodes }: Position,
  path: readonly (string | number)[],
): GraphQLError => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return locatedError(cause, nodes, path);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/** One execution of a plan: its errors, and the values that it still waits for. */
export class Execution {
  readonly context: Context;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly data: Container = {};
  /** Arguments that depend on variables, by the number of their field: equal for all objects of the execution. */
  readonly args: (Readonly<Record<string, unknown>> | undefined)[] = [];
  /** Promises of leaf fields of the object that is being made; set when it is there. */
  readonly late: { field: Position & { key: string; complete: Complete }; value: PromiseLike<unknown> }[] =
    [];
  private readonly errors: FieldError[] = [];
  private waiting = 0;
  /**
   * Resolves the promise of the result. V8 puts a function that is written here, where it is assigned, among old objects: it would keep
   * the whole execution until the next major garbage collection.
   */
  private resolve: ((result: ExecutedResult) => void) | undefined;

  constructor(context: Context, variables: Readonly<Record<string, unknown>>) {
    this.context = context;
    this.variables = variables;
  }

  /** Notes the error of a value, which is null therefore. */
  fail(cause: unknown, position: Position, path: Path): null {
    const keys = responsePathAsArray(path);
    const error = toFieldError(cause, position, keys);
    const { nullSteps } = position;
    this.errors.push({ error, nulled: nullSteps === 0 ? undefined : keys.slice(0, -nullSteps) });
    return null;
  }

  /** Sets a value when it is there. Until then, its place holds null. */
  setLater(
    promise: PromiseLike<unknown>,
    container: Container,
    key: string | number,
    complete: (value: unknown) => unknown,
    fail: (cause: unknown) => null,
  ): null {
    this.waiting += 1;
    const settle = (read: (value: unknown) => unknown) => (value: unknown) => {
      try {
        container[key] = read(value);
      } catch (cause) {
        container[key] = fail(cause);
      }
      this.waiting -= 1;
      if (this.waiting === 0) this.resolve?.(this.toResult());
    };
    promise.then(settle(complete), settle(fail));
    return null;
  }

  /** Sets the fields of an object that are late. */
  setLate(object: Container, path: Path): void {
    for (const { field, value } of this.late.splice(0)) {
      const { key, complete } = field;
      this.setLater(
        value,
        object,
        key,
        (settled) => complete(this, settled, object, key, path),
        (cause) => this.fail(cause, field, pathTo(path, key)),
      );
    }
  }

  /** The result, as soon as no value is missing. */
  result(): ExecutedResult | Promise<ExecutedResult> {
    if (this.waiting === 0) return this.toResult();
    return new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  private toResult(): ExecutedResult {
    const { data } = this;
    if (this.errors.length === 0) return { data };
    const whole: { data: Container | null } = { data };
    const counting = this.errors.filter(({ nulled }) => !nulled || setNull(whole, ['data', ...nulled]));
    return { data: whole.data, errors: counting.map(({ error }) => error) };
  }
}

/** A result as `execute` of graphql-js gives it. */
export interface ExecutedResult {
  data: Container | null;
  errors?: readonly GraphQLError[];
}

/** Replaces a value by null; false if it, or something around it, is null already. */
const setNull = (root: object, path: readonly (string | number)[]): boolean => {
  let container = root as Container;
  for (const key of path.slice(0, -1)) {
    const next = container[key];
    if (next === null || next === undefined) return false;
    container = next as Container;
  }
  const key = path.at(-1)!;
  if (container[key] === null) return false;
  container[key] = null;
  return true;
};
