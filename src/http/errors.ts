import type { ErrorCode } from '../errors/error-codes.ts';

/** What every failure of an upstream call tells: the service, and how clients see it. */
export abstract class UpstreamError extends Error {
  abstract readonly code: ErrorCode;
  readonly service: string;
  constructor(service: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.service = service;
  }
}

/** The facts of a refusal, as far as the answer gave them. */
export interface RefusalFacts {
  status: number;
  /** The vendor's error code, such as `CSS.0015`; null where the answer had none. */
  errorCode: string | null;
  /** The vendor's request id, to quote in a support case. */
  requestId: string | null;
  retryAfterMs: number | null;
  /** Set where only some of what was asked for is said to have failed: the rest may have run. */
  partly?: true;
}

/** The service answered, and said no. */
export class UpstreamRefusal extends UpstreamError {
  override readonly name = 'UpstreamRefusal';
  readonly code: ErrorCode;
  readonly facts: RefusalFacts;
  constructor(service: string, code: ErrorCode, facts: RefusalFacts) {
    super(service, `${service} refused with ${facts.errorCode ?? 'no error code'} (status ${facts.status})`);
    this.code = code;
    this.facts = facts;
  }
}

/** The service did not answer, or not to the end, in the time allowed. */
export class UpstreamTimeout extends UpstreamError {
  override readonly name = 'UpstreamTimeout';
  readonly code = 'UPSTREAM_TIMEOUT';
  /** Whether the request certainly never reached the service: it waited for a connection all the while. */
  readonly neverSent: boolean;
  constructor(service: string, options: ErrorOptions & { neverSent?: boolean } = {}) {
    super(service, `${service} did not answer in time`, options);
    this.neverSent = options.neverSent ?? false;
  }
}

/** No answer: the connection could not be made, or broke. */
export class UpstreamUnreachable extends UpstreamError {
  override readonly name = 'UpstreamUnreachable';
  readonly code = 'UPSTREAM_UNAVAILABLE';
  /** Whether the request certainly never reached the service. */
  readonly neverSent: boolean;
  /** Whether the connection had served other calls and was closed under this one: no sign that the service is down. */
  readonly stale: boolean;
  constructor(service: string, at: { neverSent: boolean; stale: boolean }, options?: ErrorOptions) {
    super(service, `${service} could not be reached`, options);
    this.neverSent = at.neverSent;
    this.stale = at.stale;
  }
}

/** The service answered with something that is not in its contract. */
export class UpstreamContractError extends UpstreamError {
  override readonly name = 'UpstreamContractError';
  readonly code = 'UPSTREAM_BAD_RESPONSE';
  /** Null where not even that could be read. */
  readonly status: number | null;
  /** Where in the body, without positions in lists; null where it is not about one field. */
  readonly field: string | null;
  /** Whether the connection ended before the answer did: asked again, it may come whole. */
  readonly cutOff: boolean;
  constructor(
    service: string,
    status: number | null,
    what: string,
    options: ErrorOptions & { field?: string; cutOff?: boolean } = {},
  ) {
    super(service, `${service} answered ${what}${status === null ? '' : ` (status ${status})`}`, options);
    this.status = status;
    this.field = options.field ?? null;
    this.cutOff = options.cutOff ?? false;
  }
}

/** The call was not made: the service failed too often just now. */
export class CircuitOpen extends UpstreamError {
  override readonly name = 'CircuitOpen';
  readonly code = 'CIRCUIT_OPEN';
  constructor(service: string) {
    super(service, `${service} is not asked for a while`);
  }
}

/** The call was not made, or not to its end: the time of the whole operation was over. */
export class DeadlineExceeded extends UpstreamError {
  override readonly name = 'DeadlineExceeded';
  readonly code = 'DEADLINE_EXCEEDED';
  /** Whether it is of a write, which was not sent. */
  readonly unsentWrite: boolean;
  constructor(service: string, options: ErrorOptions & { unsentWrite?: boolean } = {}) {
    super(service, `no time is left for ${service}`, options);
    this.unsentWrite = options.unsentWrite ?? false;
  }
}

/** The call was not made: the operation has made all that it may. */
export class CallLimitReached extends UpstreamError {
  override readonly name = 'CallLimitReached';
  readonly code = 'UPSTREAM_CALL_LIMIT';
  constructor(service: string, limit: number) {
    super(service, `the operation made all the ${limit} calls that it may`);
  }
}

/** The service answered, and the answers that running operations hold are as many bytes as they may be. */
export class NoRoomForAnswer extends UpstreamError {
  override readonly name = 'NoRoomForAnswer';
  readonly code = 'OVERLOADED';
  constructor(service: string) {
    super(service, `there is no room for what ${service} answered`);
  }
}

/** The call was not made: neither the caller nor the gateway has credentials for it. */
export class MissingCredentials extends UpstreamError {
  override readonly name = 'MissingCredentials';
  readonly code = 'UNAUTHENTICATED';
  constructor(service: string) {
    super(service, 'Send a project-scoped IAM token in the X-Auth-Token header');
  }
}

/** The client hung up, so that the read was given up. No failure of an upstream, and nobody is left to be told; see `Results`. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}
