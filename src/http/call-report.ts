import { ClientAborted, UpstreamContractError, UpstreamError, UpstreamRefusal } from './errors.ts';
import type { ServiceName } from './service.ts';

/** Identifies a call in log, metrics and traces. */
export interface CallFacts {
  service: ServiceName;
  method: string;
  /** As the vendor documents it, with placeholders: it names no customer's resource. */
  path: string;
  requestId: string;
  /** True if it repeats a read that failed. */
  retried: boolean;
}

/** How a call ended. `answered` is a refusal that the call expects and makes data of, such as that of a cluster whose access is off. */
export interface Outcome {
  outcome: 'ok' | 'answered' | UpstreamError['code'] | 'ABORTED' | 'FAILED';
  /** Code of the failure below HTTP: of the system, TLS or HTTP client, such as `ECONNREFUSED`, or `PROXY_…` of a proxy. */
  cause?: string;
  /** Status of a refusal. */
  status?: number;
  errorCode?: string | null;
  /** The field at which an unusable response differs from the contract. */
  field?: string | null;
  /** The fields at which a response differs from the contract, although it is readable. */
  drift?: readonly string[];
}

/** A call that has ended. */
export interface CallReport extends CallFacts, Outcome {
  /** True if another operation sent it, and this one joined it. */
  shared?: boolean;
  durationMs: number;
}

export const OK: Outcome = { outcome: 'ok' };

const CODE = /^[A-Z][A-Z\d_]{1,63}$/;

/** The code of an error, or of the nearest cause that has one. Messages are not read: they can contain hosts. */
export const readCause = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && CODE.test(code) ? code : readCause(error.cause);
};

/** The outcome of a call that failed without a refusal, with its cause if there is one. */
const failed = ({ code, cause }: UpstreamError): Outcome => {
  const causeCode = readCause(cause);
  return { outcome: code, ...(causeCode !== undefined && { cause: causeCode }) };
};

/** Describes the outcome of a call that failed with an error. */
export const describeOutcome = (
  error: unknown,
  isExpectedRefusal?: (refusal: UpstreamRefusal) => boolean,
): Outcome => {
  if (error instanceof ClientAborted) return { outcome: 'ABORTED' };
  if (!(error instanceof UpstreamError)) return { outcome: 'FAILED' };
  if (error instanceof UpstreamContractError) return { ...failed(error), field: error.field };
  if (!(error instanceof UpstreamRefusal)) return failed(error);
  const { status, errorCode } = error.facts;
  return { outcome: isExpectedRefusal?.(error) ? 'answered' : error.code, status, errorCode };
};

const WITHOUT_FAILURE: ReadonlySet<string> = new Set<Outcome['outcome']>(['ok', 'answered', 'ABORTED']);

/** True if a call failed. A call that ended because its client disconnected did not fail. */
export const hasFailed = ({ outcome }: Outcome): boolean => !WITHOUT_FAILURE.has(outcome);

const CALLER_ERRORS: ReadonlySet<string> = new Set<Outcome['outcome']>([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'CONFLICT',
  'QUOTA_EXCEEDED',
  'UPSTREAM_BUSY',
]);

/** True if the caller caused the refusal, or another change of the same resource did. Calls to IAM are the gateway's own, so that their failures are too. */
export const isCallersFault = ({ service, outcome }: CallReport): boolean =>
  service !== 'iam' && CALLER_ERRORS.has(outcome);
