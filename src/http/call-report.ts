import { CallerGone, UpstreamContractError, UpstreamError, UpstreamRefusal } from './errors.ts';
import type { ServiceName } from './service.ts';

/** Which call it was. */
export interface CallFacts {
  service: ServiceName;
  method: string;
  /** The path as documented, with its placeholders: it names no customer's resource. */
  path: string;
  requestId: string;
  /** Whether it repeats a read that failed. */
  retried: boolean;
}

/** How a call ended. `answered` is a refusal that its call declares to be an answer, such as of a cluster whose access is off. */
export interface Ending {
  outcome: 'ok' | 'answered' | UpstreamError['code'] | 'ABORTED' | 'FAILED';
  /** Of a refusal. */
  status?: number;
  errorCode?: string | null;
  /** Of an answer that is of no use: where it differs from the contract. */
  field?: string | null;
  /** Of one that was read all the same: the fields that differ. */
  drift?: readonly string[];
}

/** What is known of a call when it ended. */
export interface CallReport extends CallFacts, Ending {
  /** Whether another operation made it. */
  shared?: boolean;
  durationMs: number;
}

/** It was answered. */
export const OK: Ending = { outcome: 'ok' };

/** How a call ended that gave no value. */
export const endingOf = (error: unknown, answers?: (refusal: UpstreamRefusal) => boolean): Ending => {
  if (error instanceof CallerGone) return { outcome: 'ABORTED' };
  if (!(error instanceof UpstreamError)) return { outcome: 'FAILED' };
  if (error instanceof UpstreamContractError) return { outcome: error.code, field: error.field };
  if (!(error instanceof UpstreamRefusal)) return { outcome: error.code };
  const { status, errorCode } = error.facts;
  return { outcome: answers?.(error) ? 'answered' : error.code, status, errorCode };
};

const WELL: ReadonlySet<string> = new Set<Ending['outcome']>(['ok', 'answered', 'ABORTED']);

/** Whether a call failed. One whose client left did not, and nobody's failure it is. */
export const hasFailed = ({ outcome }: Ending): boolean => !WELL.has(outcome);

const CALLERS_FAULT: ReadonlySet<string> = new Set<Ending['outcome']>([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'CONFLICT',
  'QUOTA_EXCEEDED',
]);

/** Whether a refusal is the caller's own fault. To IAM the gateway speaks for itself. */
export const isCallersFault = ({ service, outcome }: CallReport): boolean =>
  service !== 'iam' && CALLERS_FAULT.has(outcome);
