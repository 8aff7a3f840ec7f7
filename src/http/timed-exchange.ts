import type { ByteShare } from './response-body.ts';
import { limitTime, TimeUp } from './deadline.ts';
import type { Release } from '../capacity/fair-share.ts';
import { ClientAborted } from './errors.ts';
import { type HttpResponse, exchange } from './exchange.ts';
import { classifyFailure } from './classify-failure.ts';
import type { AbortSignalLike } from './abort-signal.ts';
import type { Host } from './host.ts';
import { type CallFacts, type CallReport, type Outcome, describeOutcome, OK } from './call-report.ts';
import type { HttpRequest, RequestInput } from './request.ts';
import type { Service } from './service.ts';
import { monotonic } from '../time/clock.ts';

/** A call that is ready to be sent. */
export interface PreparedCall<T> {
  service: Service;
  request: HttpRequest;
  facts: CallFacts;
  read: (response: HttpResponse) => T;
  /** Fields of the value that differ from the contract. */
  readDrift?: (value: T) => readonly string[];
  maxBytes: number;
  /** Counts the response while it arrives; set for reads. */
  byteShare?: ByteShare | undefined;
  timeoutMs: number;
  /** The error if the call takes longer; `UPSTREAM_TIMEOUT` if missing. */
  timeoutError?: (() => Error) | undefined;
  signal?: AbortSignalLike | undefined;
  tenant: string;
  isExpectedRefusal?: RequestInput['isExpectedRefusal'];
}

/** Sends a call once, and reports how it ended. */
export const timedExchange = async <T>(
  host: Host,
  {
    service,
    request,
    facts,
    read,
    maxBytes,
    byteShare,
    timeoutMs,
    signal,
    tenant,
    isExpectedRefusal,
    readDrift,
    timeoutError = () => new TimeUp(),
  }: PreparedCall<T>,
  report: (call: CallReport) => void,
): Promise<T> => {
  if (!facts.retried) host.retries.noteCall();
  const started = monotonic();
  let outcome: Outcome = OK;
  let cancelTimeout: (() => void) | undefined;
  let release: Release | null = null;
  try {
    release = host.calls.takeNow(tenant) ?? (await host.calls.take(tenant, 1, { signal, ms: timeoutMs }));
    if (!release)
      throw signal?.aborted
        ? new ClientAborted()
        : classifyFailure(service, timeoutError(), {
            sent: false,
            status: null,
            isWrite: !request.isRead,
          });
    const call = exchange(service, host, request, maxBytes, byteShare);
    // The timeout covers the whole call, including the wait for a connection.
    cancelTimeout = limitTime(Math.max(0, timeoutMs - (monotonic() - started)), signal, timeoutError, call);
    const value = read(await call.response);
    const drift = readDrift?.(value) ?? [];
    if (drift.length > 0) outcome = { ...OK, drift };
    return value;
  } catch (error) {
    outcome = describeOutcome(error, isExpectedRefusal);
    throw error;
  } finally {
    cancelTimeout?.();
    release?.();
    report({ ...facts, ...outcome, durationMs: monotonic() - started });
  }
};
