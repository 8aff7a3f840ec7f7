import { CallLimitReached, DeadlineExceeded } from './errors.ts';
import type { Release } from '../capacity/fair-share.ts';
import type { ServiceName } from './service.ts';
import { monotonic } from '../time/clock.ts';

/** The time and the calls of one operation: limits, and use so far. Pages and retries count as calls. */
export interface Budget {
  /** Calls that were sent; each attempt counts. */
  readonly calls: number;
  /** Calls among them that repeated a read. */
  readonly retries: number;
  readonly callLimit: number;
  /** Bytes of response bodies that were read. */
  readonly bytesRead: number;
  noteRead(bytes: number): void;
  /** Keeps the byte share of a response until the operation ends. */
  hold(release: Release): void;
  /** Milliseconds until the deadline. */
  left(): number;
  /**
   * Counts one call.
   * @throws `DEADLINE_EXCEEDED` if no time is left, `UPSTREAM_CALL_LIMIT` if no call is left.
   */
  take(service: ServiceName, retried: boolean): void;
  /** Calls that are left. */
  callsLeft(): number;
  /** True if a call and time are left to repeat a read after a wait. */
  allowsRetryAfter(ms: number): boolean;
  /** Restarts time and call limit for the next event of a subscription, and releases the byte shares. */
  renew(): void;
  /** Releases the byte shares of all responses. */
  end(): void;
}

/** Limits of one operation. */
export interface BudgetLimits {
  operationTimeoutMs: number;
  callLimit: number;
}

class OperationBudget implements Budget {
  calls = 0;
  retries = 0;
  bytesRead = 0;
  readonly callLimit: number;
  private readonly timeoutMs: number;
  private endsAt: number;
  private callsBeforeRenewal = 0;
  /** Releases of the byte shares; null once the operation has ended. */
  private byteShares: Release[] | null = [];
  private callLimitError: CallLimitReached | null = null;

  constructor({ operationTimeoutMs, callLimit }: BudgetLimits) {
    this.callLimit = callLimit;
    this.timeoutMs = operationTimeoutMs;
    this.endsAt = monotonic() + operationTimeoutMs;
  }

  noteRead(bytes: number): void {
    this.bytesRead += bytes;
  }

  hold(release: Release): void {
    if (this.byteShares) this.byteShares.push(release);
    else release();
  }

  left(): number {
    return this.endsAt - monotonic();
  }

  take(service: ServiceName, retried: boolean): void {
    if (this.left() <= 0) throw new DeadlineExceeded(service);
    if (this.isUsedUp()) throw this.createLimitError(service);
    this.calls += 1;
    if (retried) this.retries += 1;
  }

  allowsRetryAfter(ms: number): boolean {
    return !this.isUsedUp() && ms < this.left();
  }

  renew(): void {
    this.endsAt = monotonic() + this.timeoutMs;
    this.callsBeforeRenewal = this.calls;
    this.end();
    this.byteShares = [];
  }

  end(): void {
    for (const release of this.byteShares ?? []) release();
    this.byteShares = null;
  }

  /** Reuses one error for all calls of a service: there can be a thousand, and each new error records its stack. */
  private createLimitError(service: ServiceName): CallLimitReached {
    if (this.callLimitError?.service !== service)
      this.callLimitError = new CallLimitReached(service, this.callLimit);
    return this.callLimitError;
  }

  callsLeft(): number {
    return Math.max(0, this.callLimit - (this.calls - this.callsBeforeRenewal));
  }

  private isUsedUp(): boolean {
    return this.callsLeft() === 0;
  }
}

/** The budget of an operation that begins now. */
export const createBudget = (limits: BudgetLimits): Budget => new OperationBudget(limits);
