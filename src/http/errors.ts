import type { ErrorCode } from '../errors/error-codes.ts';

/** A failed upstream call: the service, and the error code that clients see. */
export abstract class UpstreamError extends Error {
  abstract readonly code: ErrorCode;
  readonly service: string;
  constructor(service: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.service = service;
  }
}

/** A refusal, as far as the response describes it. */
export interface RefusalFacts {
  status: number;
  /** The vendor's error code, such as `CSS.0015`; null if the response has none. */
  errorCode: string | null;
  /** The vendor's request id, to quote in a support case. */
  requestId: string | null;
  retryAfterMs: number | null;
  /** Set if the response reports that only some items failed: the others may have been carried out. */
  partly?: true;
}

/** The service refused the call. */
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

/** The response did not arrive, or not completely, in time. */
export class UpstreamTimeout extends UpstreamError {
  override readonly name = 'UpstreamTimeout';
  readonly code = 'UPSTREAM_TIMEOUT';
  /** The request certainly never reached the service: it waited for a connection until the time was over. */
  readonly neverSent: boolean;
  constructor(service: string, options: ErrorOptions & { neverSent?: boolean } = {}) {
    super(service, `${service} did not answer in time`, options);
    this.neverSent = options.neverSent ?? false;
  }
}

/** No connection could be made, or it broke before the response was complete. */
export class UpstreamUnreachable extends UpstreamError {
  override readonly name = 'UpstreamUnreachable';
  readonly code = 'UPSTREAM_UNAVAILABLE';
  /** The request certainly never reached the service. */
  readonly neverSent: boolean;
  /** The connection had served other calls, and the service closed it as this one was sent: no sign that the service is down. */
  readonly stale: boolean;
  constructor(service: string, at: { neverSent: boolean; stale: boolean }, options?: ErrorOptions) {
    super(service, `${service} could not be reached`, options);
    this.neverSent = at.neverSent;
    this.stale = at.stale;
  }
}

/** The response does not conform to the contract of the service. */
export class UpstreamContractError extends UpstreamError {
  override readonly name = 'UpstreamContractError';
  readonly code = 'UPSTREAM_BAD_RESPONSE';
  /** Null if not even the status could be read. */
  readonly status: number | null;
  /** Path in the body, without positions in lists; null if the error does not concern one field. */
  readonly field: string | null;
  /** The connection ended before the response was complete: a repeated read may get all of it. */
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

/** The call was not sent: the service failed too often a short time ago. */
export class CircuitOpen extends UpstreamError {
  override readonly name = 'CircuitOpen';
  readonly code = 'CIRCUIT_OPEN';
  constructor(service: string) {
    super(service, `${service} is not asked for a while`);
  }
}

/** The call was not sent, or not completed: the time of the whole operation is over. */
export class DeadlineExceeded extends UpstreamError {
  override readonly name = 'DeadlineExceeded';
  readonly code = 'DEADLINE_EXCEEDED';
  /** The call is a write, and was not sent. */
  readonly unsentWrite: boolean;
  constructor(service: string, options: ErrorOptions & { unsentWrite?: boolean } = {}) {
    super(service, `no time is left for ${service}`, options);
    this.unsentWrite = options.unsentWrite ?? false;
  }
}

/** The call was not sent: the operation has made as many calls as it may. */
export class CallLimitReached extends UpstreamError {
  override readonly name = 'CallLimitReached';
  readonly code = 'UPSTREAM_CALL_LIMIT';
  constructor(service: string, limit: number) {
    super(service, `the operation made all the ${limit} calls that it may`);
  }
}

/** The service answered, but the responses that running operations hold already take as many bytes as they may. */
export class NoRoomForAnswer extends UpstreamError {
  override readonly name = 'NoRoomForAnswer';
  readonly code = 'OVERLOADED';
  constructor(service: string) {
    super(service, `there is no room for what ${service} answered`);
  }
}

/** The gateway shuts down, and the time that running operations have for it is over. */
export class ShuttingDown extends UpstreamError {
  override readonly name = 'ShuttingDown';
  readonly code = 'OVERLOADED';
  /** The call is a write that may have reached the service. */
  readonly mayHaveRun: boolean;
  constructor(service: string, { mayHaveRun }: { mayHaveRun: boolean }) {
    super(service, `the gateway shuts down, and waits for ${service} no longer`);
    this.mayHaveRun = mayHaveRun;
  }
}

/** The call was not sent: neither the caller nor the gateway has credentials for it. */
export class MissingCredentials extends UpstreamError {
  override readonly name = 'MissingCredentials';
  readonly code = 'UNAUTHENTICATED';
  constructor(service: string) {
    super(service, 'Send a project-scoped IAM token in the X-Auth-Token header');
  }
}

/** The client disconnected, and the read was aborted. This is no failure of an upstream, and no response is sent. */
export class ClientAborted extends Error {
  override readonly name = 'ClientAborted';
}
