import { boundedBy, TimeUp } from './deadline.ts';
import { type Answer, exchange } from './exchange.ts';
import type { Signal } from './hang-up.ts';
import type { Host } from './host.ts';
import { type CallFacts, type CallReport, type Ending, endingOf, OK } from './report.ts';
import type { Outgoing, Parts } from './request.ts';
import type { Service } from './service.ts';

/** A call that is ready to be made. */
export interface Ready<T> {
  service: Service;
  request: Outgoing;
  facts: CallFacts;
  read: (answer: Answer) => T;
  maxBytes: number;
  /** Milliseconds that it may take, and what it is when it takes longer; a time-out unless told otherwise. */
  ms: number;
  over?: (() => Error) | undefined;
  signal?: Signal | undefined;
  answers?: Parts['answers'];
}

/** Makes a call, once, and reports how it ended. */
export const send = async <T>(
  host: Host,
  { service, request, facts, read, maxBytes, ms, signal, answers, over = () => new TimeUp() }: Ready<T>,
  report: (call: CallReport) => void,
): Promise<T> => {
  if (!facts.retried) host.retries.noteCall();
  const started = performance.now();
  let ending: Ending = OK;
  let unbound: (() => void) | undefined;
  try {
    const call = exchange(service, host, request, maxBytes);
    unbound = boundedBy(ms, signal, over, call);
    return read(await call.answer);
  } catch (error) {
    ending = endingOf(error, answers);
    throw error;
  } finally {
    unbound?.();
    report({ ...facts, ...ending, durationMs: performance.now() - started });
  }
};
