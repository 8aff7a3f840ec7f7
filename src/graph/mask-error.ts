import { GraphQLError } from 'graphql';
import { ERROR_CODES, type ErrorCode, RETRYABLE } from '../errors/error-codes.ts';
import {
  DeadlineExceeded,
  MissingCredentials,
  NoRoomForAnswer,
  UpstreamContractError,
  UpstreamError,
  UpstreamRefusal,
} from '../http/errors.ts';
import { type Locate, locationsOf } from '../errors/source-locations.ts';

/** Of an argument that the cloud refused, no more is known than that; its own words can quote anything. */
const REFUSED_INPUT =
  "The cloud does not accept an argument; look the code up in the service's documentation.";

const NO_ROOM =
  'Running operations hold as many bytes of its answers as they may (MAX_UPSTREAM_BYTES). Ask for fewer lists at once, or try again.';
const UNSENT = 'Too little time was left for this change: nothing was sent. Send it again.';

/** A failed upstream call in words for clients: the service, what it means, the vendor's code; never its own text. */
export const describeError = (error: UpstreamError): string => {
  if (error instanceof MissingCredentials || error instanceof UpstreamContractError)
    return `${error.message}.`;
  if (error instanceof DeadlineExceeded && error.unsentWrite) return `${error.service}: ${UNSENT}`;
  if (error instanceof NoRoomForAnswer) return `${error.service}: ${NO_ROOM}`;
  const code = error instanceof UpstreamRefusal ? error.facts.errorCode : null;
  const meaning = error.code === 'BAD_USER_INPUT' ? REFUSED_INPUT : ERROR_CODES[error.code];
  return `${error.service}${code ? ` (${code})` : ''}: ${meaning}`;
};

const upstreamOf = (error: UpstreamError) => ({
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

const ofUpstream = (error: UpstreamError) => ({
  message: describeError(error),
  extensions: {
    code: error.code satisfies ErrorCode,
    retryable: isRetryable(error),
    ...(error instanceof UpstreamRefusal &&
      error.facts.retryAfterMs !== null && { retryAfterMs: error.facts.retryAfterMs }),
    upstream: upstreamOf(error),
  },
});

const own = (code: ErrorCode, message: string) => ({
  message,
  extensions: { code, retryable: RETRYABLE.has(code) },
});

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);

/** Where an error of the graph itself comes from: GraphQL's own errors carry no code, those made for clients do. */
const ofGraph = (error: GraphQLError) => {
  const { code } = error.extensions;
  if (isErrorCode(code)) {
    return {
      message: error.message,
      extensions: { retryable: RETRYABLE.has(code), ...error.extensions },
    };
  }
  // `spec` would have the server answer 200 to a body that is no GraphQL request at all.
  const http = error.extensions['http'] && { ...error.extensions['http'], spec: false };
  return {
    message: error.message,
    extensions: { code: 'BAD_USER_INPUT', retryable: false, ...(http && { http }) },
  };
};

/** What went wrong in the first place, under what graphql wraps it in. */
export const unwrapError = (error: unknown): unknown => {
  let root = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
};

const INTERNAL = own(
  'INTERNAL_SERVER_ERROR',
  'The gateway made a mistake. Quote the request id when you report it.',
);

const describeForClient = (root: unknown) => {
  if (root instanceof UpstreamError) return ofUpstream(root);
  return root instanceof GraphQLError ? ofGraph(root) : INTERNAL;
};

/** Whether a failure is the gateway's own: the log needs all of it, the client none. */
export const isUnexpected = (error: unknown): boolean => describeForClient(unwrapError(error)) === INTERNAL;

/** The code of the closed list that a failure has for clients. */
export const codeOf = (error: unknown): ErrorCode =>
  (describeForClient(unwrapError(error)).extensions as { code: ErrorCode }).code;

/** What a client is told about any failure: one of the closed list of codes, where it is, and nothing internal. */
export const maskError = (error: unknown, requestId: string, locate?: Locate): GraphQLError => {
  const { message, extensions } = describeForClient(unwrapError(error));
  const { http, ...shown } = extensions as Record<string, unknown>;
  const at = error instanceof GraphQLError ? error : undefined;
  const client = new GraphQLError(message, {
    ...(at?.path && { path: at.path }),
    extensions: { ...shown, requestId },
  });
  // Without its nodes, from which line and column would be worked out again by each one that copies the error.
  const locations = at && (locate ? locationsOf(at, locate) : at.locations);
  if (locations) Object.defineProperty(client, 'locations', { value: locations, enumerable: true });
  // For the status of the answer, and not to be seen in it.
  if (http !== undefined) Object.defineProperty(client.extensions, 'http', { value: http });
  return client;
};
