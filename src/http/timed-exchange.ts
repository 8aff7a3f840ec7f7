import type { Release } from '../capacity/fair-share.ts';
import { monotonic } from '../time/clock.ts';
import type { AbortSignalLike } from './abort-signal.ts';
import { type CallFacts, type CallReport, describeOutcome, OK, type Outcome } from './call-report.ts';
import { Failure } from './failure.ts';
import { classifyFailure } from './classify-failure.ts';
import { type Deadline, TimeUp } from './deadline.ts';
import { ClientAborted } from './errors.ts';
import { Exchange, type ExchangeInput, type HttpResponse } from './exchange.ts';
import type { Host } from './host.ts';
import type { RequestInput } from './request.ts';

/** A call that is ready to be sent. */
export interface PreparedCall<T> extends ExchangeInput {
  facts: CallFacts;
  read: (response: HttpResponse) => T;
  /** Fields of the value that differ from the contract. */
  readDrift?: (value: T) => readonly string[];
  timeoutMs: number;
  /** The error if the call takes longer; `UPSTREAM_TIMEOUT` if missing. */
  timeoutError?: (() => Error) | undefined;
  signal?: AbortSignalLike | undefined;
  tenant: string;
  isExpectedRefusal?: RequestInput['isExpectedRefusal'];
  /** Receives how the call ended. */
  report: (call: CallReport) => void;
}

const createTimeUp = (): Error => new TimeUp();

/** Sends a call once, and reports how it ended. */
export const timedExchange = <T>(
  host: Host,
  call: PreparedCall<T>,
  done: (ended: T | Failure) => void,
): void => {
  const { service, request, facts, timeoutMs, signal, tenant, timeoutError = createTimeUp } = call;
  if (!facts.retried) host.retries.noteCall();
  const started = monotonic();
  let deadline: Deadline | undefined;
  let slot: Release | null = null;

  const end = (ended: T | Failure, outcome: Outcome): void => {
    if (deadline) host.deadlines.cancel(deadline);
    slot?.();
    call.report({ ...facts, ...outcome, durationMs: monotonic() - started });
    done(ended);
  };
  const fail = (error: unknown): void =>
    end(new Failure(error), describeOutcome(error, call.isExpectedRefusal));

  const receive = (received: HttpResponse | Failure): void => {
    if (received instanceof Failure) return fail(received.error);
    let value: T;
    try {
      value = call.read(received);
    } catch (error) {
      return fail(error);
    }
    const drift = call.readDrift?.(value) ?? [];
    return end(value, drift.length > 0 ? { ...OK, drift } : OK);
  };

  /** Sends the call; the timeout covers all of it, including the wait for a slot and for a connection. */
  const send = (release: Release): void => {
    slot = release;
    const sent = new Exchange(call, receive);
    const timeLeft = Math.max(0, timeoutMs - (monotonic() - started));
    deadline = host.deadlines.limit(timeLeft, sent, signal, timeoutError);
    sent.send(host);
  };

  const failUnsent = (): void => {
    const progress = { sent: false, status: null, isWrite: !request.isRead };
    fail(signal?.aborted ? new ClientAborted() : classifyFailure(service, timeoutError(), progress));
  };

  const free = host.calls.takeNow(tenant);
  if (free) send(free);
  else
    void host.calls.take(tenant, 1, { signal, ms: timeoutMs }).then((release) => {
      if (release && !signal?.aborted) return send(release);
      release?.();
      return failUnsent();
    });
};
