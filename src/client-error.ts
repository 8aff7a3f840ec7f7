import { GraphQLError } from 'graphql';
import { type ErrorCode, RETRYABLE } from './error-codes.ts';

/** An error that a client is meant to read. */
export const clientError = (code: ErrorCode, message: string, extensions: Record<string, unknown> = {}) =>
  new GraphQLError(message, { extensions: { code, retryable: RETRYABLE.has(code), ...extensions } });

/** A wrong argument; the message says what to change. */
export const badInput = (message: string) => clientError('BAD_USER_INPUT', message);
