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

/** A call that is ready to be made. */
export interface PreparedCall<T> {
  service: Service;
  request: HttpRequest;
  facts: CallFacts;
  read: (answer: HttpResponse) => T;
  /** Fields of what was read that are not in the contract. */
  driftOf?: (value: T) => readonly string[];
  maxBytes: number;
  /** Of a read: what its answer takes while it comes. */
  room?: ByteShare | undefined;
  /** Milliseconds that it may take, and what it is when it takes longer; a time-out unless told otherwise. */
  ms: number;
  over?: (() => Error) | undefined;
  signal?: AbortSignalLike | undefined;
  tenant: string;
  answers?: RequestInput['answers'];
}

/** Makes a call, once, and reports how it ended. */
export const timedExchange = async <T>(
  host: Host,
  {
    service,
    request,
    facts,
    read,
    maxBytes,
    room,
    ms,
    signal,
    tenant,
    answers,
    driftOf,
    over = () => new TimeUp(),
  }: PreparedCall<T>,
  report: (call: CallReport) => void,
): Promise<T> => {
  if (!facts.retried) host.retries.noteCall();
  const started = performance.now();
  let ending: Outcome = OK;
  let unbound: (() => void) | undefined;
  let release: Release | null = null;
  try {
    release = host.calls.takeNow(tenant) ?? (await host.calls.take(tenant, 1, { signal, ms }));
    if (!release)
      throw signal?.aborted
        ? new ClientAborted()
        : classifyFailure(service, over(), { sent: false, status: null });
    const call = exchange(service, host, request, maxBytes, room);
    // One clock for the whole of a call: the wait for its turn is part of it.
    unbound = limitTime(Math.max(0, ms - (performance.now() - started)), signal, over, call);
    const value = read(await call.answer);
    const drift = driftOf?.(value) ?? [];
    if (drift.length > 0) ending = { ...OK, drift };
    return value;
  } catch (error) {
    ending = describeOutcome(error, answers);
    throw error;
  } finally {
    unbound?.();
    release?.();
    report({ ...facts, ...ending, durationMs: performance.now() - started });
  }
};
