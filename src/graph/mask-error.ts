import { GraphQLError } from 'graphql';
import { ERROR_CODES, type ErrorCode, RETRYABLE } from '../errors/error-codes.ts';
import {
  DeadlineExceeded,
  MissingCredentials,
  NoRoomForAnswer,
  ShuttingDown,
  UpstreamContractError,
  UpstreamError,
  UpstreamRefusal,
} from '../http/errors.ts';
import { type Locate, locationsOf } from '../errors/source-locations.ts';

/** The message for an argument that the cloud refused. The cloud's own text is not shown: it can quote anything. */
const REFUSED_INPUT =
  "The cloud does not accept an argument; look the code up in the service's documentation.";

const NO_ROOM =
  'Running operations hold as many bytes of its answers as they may (MAX_UPSTREAM_BYTES). Ask for fewer lists at once, or try again.';
const SHUTTING_DOWN = 'The gateway is shutting down. Send the request again: another one takes it.';
const UNSENT = 'Too little time was left for this change: nothing was sent. Send it again.';

/** The message for clients about a failed upstream call: service, vendor's code, meaning; never the vendor's text. */
export const describeError = (error: UpstreamError): string => {
  if (error instanceof MissingCredentials || error instanceof UpstreamContractError)
    return `${error.message}.`;
  if (error instanceof DeadlineExceeded && error.unsentWrite) return `${error.service}: ${UNSENT}`;
  if (error instanceof ShuttingDown) return `${error.service}: ${SHUTTING_DOWN}`;
  if (error instanceof NoRoomForAnswer) return `${error.service}: ${NO_ROOM}`;
  const code = error instanceof UpstreamRefusal ? error.facts.errorCode : null;
  const meaning = error.code === 'BAD_USER_INPUT' ? REFUSED_INPUT : ERROR_CODES[error.code];
  return `${error.service}${code ? ` (${code})` : ''}: ${meaning}`;
};

const describeUpstream = (error: UpstreamError) => ({
  service: error.service,
  ...(error instanceof UpstreamRefusal && {
    status: error.facts.status,
    ...(error.facts.errorCode !== null && { errorCode: error.facts.errorCode }),
    ...(error.facts.requestId !== null && { requestId: error.facts.requestId }),
  }),
  ...(error instanceof UpstreamContractError && { status: error.status }),
});

const RETRY_CONFLICTS = new Set(['endpoint.2018', 'endpoint.2019']);

const isRetryable = (error: UpstreamError): boolean =>
  RETRYABLE.has(error.code) ||
  (error instanceof UpstreamRefusal && RETRY_CONFLICTS.has(error.facts.errorCode?.toLowerCase() ?? ''));

const maskUpstream = (error: UpstreamError) => ({
  message: describeError(error),
  extensions: {
    code: error.code satisfies ErrorCode,
    retryable: isRetryable(error),
    ...(error instanceof UpstreamRefusal &&
      error.facts.retryAfterMs !== null && { retryAfterMs: error.facts.retryAfterMs }),
    upstream: describeUpstream(error),
  },
});

const createMasked = (code: ErrorCode, message: string) => ({
  message,
  extensions: { code, retryable: RETRYABLE.has(code) },
});

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);

/** Masks an error of the graph itself. Errors made for clients have a code; errors of graphql-js have none and are `BAD_USER_INPUT`. */
const maskGraphqlError = (error: GraphQLError) => {
  const { code } = error.extensions;
  if (isErrorCode(code)) {
    return {
      message: error.message,
      extensions: { retryable: RETRYABLE.has(code), ...error.extensions },
    };
  }
  // With `spec`, the server would answer 200 even to a body that is not a GraphQL request.
  const http = error.extensions['http'] && { ...error.extensions['http'], spec: false };
  return {
    message: error.message,
    extensions: { code: 'BAD_USER_INPUT', retryable: false, ...(http && { http }) },
  };
};

/** The original error inside the wrappers of graphql-js. */
export const unwrapError = (error: unknown): unknown => {
  let original = error;
  while (original instanceof GraphQLError && original.originalError) original = original.originalError;
  return original;
};

const INTERNAL = createMasked(
  'INTERNAL_SERVER_ERROR',
  'The gateway made a mistake. Quote the request id when you report it.',
);

const describeForClient = (original: unknown) => {
  if (original instanceof UpstreamError) return maskUpstream(original);
  return original instanceof GraphQLError ? maskGraphqlError(original) : INTERNAL;
};

/** Whether an error is a fault of the gateway: it is logged completely, and clients get no details. */
export const isUnexpected = (error: unknown): boolean => describeForClient(unwrapError(error)) === INTERNAL;

/** The error code that clients get for an error. */
export const codeOf = (error: unknown): ErrorCode =>
  (describeForClient(unwrapError(error)).extensions as { code: ErrorCode }).code;

/** The error that clients get for any error: with a code of the closed list, path and locations, and without internals. */
export const maskError = (error: unknown, requestId: string, locate?: Locate): GraphQLError => {
  const { message, extensions } = describeForClient(unwrapError(error));
  const { http, ...shown } = extensions as Record<string, unknown>;
  const located = error instanceof GraphQLError ? error : undefined;
  const masked = new GraphQLError(message, {
    ...(located?.path && { path: located.path }),
    extensions: { ...shown, requestId },
  });
  // Locations instead of nodes: from nodes, every copy of the error would compute line and column again.
  const locations = located && (locate ? locationsOf(located, locate) : located.locations);
  if (locations) Object.defineProperty(masked, 'locations', { value: locations, enumerable: true });
  // `http` sets the status of the response. It is not enumerable, so that it is not sent.
  if (http !== undefined) Object.defineProperty(masked.extensions, 'http', { value: http });
  return masked;
};
