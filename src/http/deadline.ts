import { Present } from '../capacity/present.ts';
import { monotonic } from '../time/clock.ts';
import type { AbortSignalLike } from './abort-signal.ts';
import { ClientAborted } from './errors.ts';

/** The time for a call is over. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/** A call that can be ended early. */
interface Abortable {
  abort(reason: Error): void;
}

/** The end of one call's time, and the signal that ends it earlier. */
export class Deadline {
  readonly at: number;
  place = -1;
  private readonly call: Abortable;
  private readonly signal: AbortSignalLike | undefined;
  private readonly createError: () => Error;

  constructor(at: number, call: Abortable, signal: AbortSignalLike | undefined, createError: () => Error) {
    this.at = at;
    this.call = call;
    this.signal = signal;
    this.createError = createError;
    signal?.addEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.call.abort(new ClientAborted());

  expire(): void {
    this.call.abort(this.createError());
  }

  unwatch(): void {
    this.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** Timers fire up to a millisecond early. */
const EARLY_MS = 1;

/**
 * Limits the time of calls, each from the wait for a free connection to the last byte: undici's own timers restart with each part of a
 * response, so that a server that sends slowly enough never reaches them. One timer serves all calls, and is set for the earliest
 * deadline: a timer for each costs as much as its promises.
 */
export class Deadlines {
  private readonly running = new Present<Deadline>();
  private timer: NodeJS.Timeout | undefined;
  private wakesAt = Infinity;

  /** Aborts a call after `ms` milliseconds with the error, or when the client disconnects. Call {@link cancel} when it has ended. */
  limit(
    ms: number,
    call: Abortable,
    signal: AbortSignalLike | undefined,
    createError: () => Error,
  ): Deadline {
    const deadline = new Deadline(monotonic() + ms, call, signal, createError);
    this.running.add(deadline);
    this.wakeBy(deadline.at);
    return deadline;
  }

  cancel(deadline: Deadline): void {
    deadline.unwatch();
    this.running.delete(deadline);
  }

  private wakeBy(at: number): void {
    if (at >= this.wakesAt) return;
    clearTimeout(this.timer);
    this.wakesAt = at;
    // The connections of calls keep the process alive, not this timer, which outlives them.
    this.timer = setTimeout(() => this.expireDue(), Math.max(0, at - monotonic())).unref();
  }

  private expireDue(): void {
    this.wakesAt = Infinity;
    const now = monotonic() + EARLY_MS;
    let next = Infinity;
    for (const deadline of this.running) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at);
        continue;
      }
      this.cancel(deadline);
      deadline.expire();
    }
    if (next < Infinity) this.wakeBy(next);
  }
}
