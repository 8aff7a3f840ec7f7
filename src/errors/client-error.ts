import { GraphQLError } from 'graphql';
import { type ErrorCode, RETRYABLE } from './error-codes.ts';

/** An error for clients, without a stack trace: capturing one costs more than all the rest, and nobody sees it. */
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

/** The error for a wrong argument; the message says what to change. */
export const badInput = (message: string) => clientError('BAD_USER_INPUT', message);
