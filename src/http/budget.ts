import { CallLimitReached, DeadlineExceeded } from './errors.ts';
import type { Release } from '../capacity/fair-share.ts';
import type { ServiceName } from './service.ts';

/** What one operation may ask of the cloud, and what it has asked so far. Tries, pages and retries all draw on it. */
export interface Budget {
  /** Calls that were made, each try by itself. */
  readonly calls: number;
  /** Those of them that repeated a read. */
  readonly retries: number;
  readonly callLimit: number;
  /** Bytes that the cloud answered. */
  readonly bytesRead: number;
  noteRead(bytes: number): void;
  /** Keeps what was lent for an answer until the operation ends. */
  hold(room: Release): void;
  /** Milliseconds that are left. */
  left(): number;
  /** Takes one call out of it, or throws. */
  take(service: ServiceName, retried: boolean): void;
  /** Whether a read may be repeated after a wait. */
  allowsRetryAfter(ms: number): boolean;
  /** Starts anew, for the next event of a subscription. */
  renew(): void;
  /** Gives back what was lent for its answers. */
  end(): void;
}

/** How much one operation may take. */
export interface BudgetLimits {
  operationTimeoutMs: number;
  callLimit: number;
}

class OperationBudget implements Budget {
  calls = 0;
  retries = 0;
  bytesRead = 0;
  readonly callLimit: number;
  private readonly ms: number;
  private endsAt: number;
  /** What was made before the last renewal. */
  private before = 0;
  private rooms: Release[] | null = [];
  private reached: CallLimitReached | null = null;

  constructor({ operationTimeoutMs, callLimit }: BudgetLimits) {
    this.callLimit = callLimit;
    this.ms = operationTimeoutMs;
    this.endsAt = performance.now() + operationTimeoutMs;
  }

  noteRead(bytes: number): void {
    this.bytesRead += bytes;
  }

  hold(room: Release): void {
    if (this.rooms) this.rooms.push(room);
    else room();
  }

  left(): number {
    return this.endsAt - performance.now();
  }

  take(service: ServiceName, retried: boolean): void {
    if (this.left() <= 0) throw new DeadlineExceeded(service);
    if (this.isUsedUp()) throw this.limitReached(service);
    this.calls += 1;
    if (retried) this.retries += 1;
  }

  allowsRetryAfter(ms: number): boolean {
    return !this.isUsedUp() && ms < this.left();
  }

  renew(): void {
    this.endsAt = performance.now() + this.ms;
    this.before = this.calls;
    this.end();
    this.rooms = [];
  }

  end(): void {
    for (const release of this.rooms ?? []) release();
    this.rooms = null;
  }

  /** The same error for all calls of a service, of which there can be a thousand: to make its stack takes a while. */
  private limitReached(service: ServiceName): CallLimitReached {
    if (this.reached?.service !== service) this.reached = new CallLimitReached(service, this.callLimit);
    return this.reached;
  }

  private isUsedUp(): boolean {
    return this.calls - this.before >= this.callLimit;
  }
}

/** The budget of an operation that begins now. */
export const createBudget = (limits: BudgetLimits): Budget => new OperationBudget(limits);
