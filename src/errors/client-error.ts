import { GraphQLError } from 'graphql';
import { type ErrorCode, RETRYABLE } from './error-codes.ts';

/** An error that a client is meant to read. It has no stack: gathering one costs more than all the rest, and nobody is shown it. */
export const clientError = (
  code: ErrorCode,
  message: string,
  extensions: Record<string, unknown> = {},
): GraphQLError => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new GraphQLError(message, { extensions: { code, retryable: RETRYABLE.has(code), ...extensions } });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/** A wrong argument; the message says what to change. */
export const badInput = (message: string) => clientError('BAD_USER_INPUT', message);
