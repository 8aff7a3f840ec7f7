/** Every `extensions.code` that clients can get, with its meaning. `docs/errors.md` prints this table. */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'No credentials, or the cloud does not accept them (any more).',
  FORBIDDEN: 'The caller may not do this, or the resource is frozen.',
  NOT_FOUND: 'There is no such thing, or not for this caller.',
  BAD_USER_INPUT: 'An argument is wrong; the message says what to change.',
  CONFLICT: 'The state of the resource, or of a list being paged, does not allow it now.',
  RATE_LIMITED: 'The caller sends too much, to the cloud or to the gateway; nothing ran.',
  QUOTA_EXCEEDED: 'A quota or an address range is used up.',
  UPSTREAM_BUSY: 'Another operation is running on the resource.',
  UPSTREAM_TIMEOUT: 'The cloud did not answer in time.',
  UPSTREAM_UNAVAILABLE: 'The cloud could not be reached, or failed.',
  UPSTREAM_BAD_RESPONSE: 'The cloud answered with something that is not in its contract.',
  CIRCUIT_OPEN: 'The service failed so often just now that it is not asked.',
  DEADLINE_EXCEEDED: 'The whole operation took longer than allowed.',
  UPSTREAM_CALL_LIMIT: 'The operation needs more calls to the cloud than one operation may make.',
  RESULT_TRUNCATED: 'The answer needs rows of a list that the cloud does not let anyone read.',
  QUERY_TOO_COMPLEX: 'The operation is larger than the gateway takes.',
  OVERLOADED: 'The gateway has more work than it can do.',
  INDETERMINATE: 'A write was sent and its outcome is not known; the message says how to find out.',
  GRAPHQL_PARSE_FAILED: 'The operation is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The operation does not fit the schema.',
  INTERNAL_SERVER_ERROR: 'A mistake of the gateway itself.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes of errors after which the same request, sent again later, can succeed. */
export const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RATE_LIMITED',
  'UPSTREAM_BUSY',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'CIRCUIT_OPEN',
  'DEADLINE_EXCEEDED',
  'OVERLOADED',
]);
