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

/** How a call ended. */
export interface Ending {
  outcome: 'ok' | UpstreamError['code'] | 'ABORTED' | 'FAILED';
  /** Of a refusal. */
  status?: number;
  errorCode?: string | null;
  /** Of an answer in another shape than the contract's: where it differs. */
  field?: string | null;
}

/** What is known of a call when it ended. */
export interface CallReport extends CallFacts, Ending {
  /** Whether another operation made it. */
  shared?: boolean;
  durationMs: number;
}

/** It was answered. */
export const OK: Ending = { outcome: 'ok' };

/** It failed. */
export const endingOf = (error: unknown): Ending => {
  if (error instanceof CallerGone) return { outcome: 'ABORTED' };
  if (!(error instanceof UpstreamError)) return { outcome: 'FAILED' };
  if (error instanceof UpstreamContractError) return { outcome: error.code, field: error.field };
  if (!(error instanceof UpstreamRefusal)) return { outcome: error.code };
  return { outcome: error.code, status: error.facts.status, errorCode: error.facts.errorCode };
};
