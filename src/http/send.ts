import { TimeUp, withDeadline } from './deadline.ts';
import type { Host } from './host.ts';
import { type Answer, exchange } from './exchange.ts';
import { type CallFacts, type CallReport, reported } from './report.ts';
import type { Outgoing } from './request.ts';
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
  over?: () => Error;
  signal?: AbortSignal | undefined;
}

/** Makes a call, once, and reports how it ended. */
export const send = <T>(host: Host, ready: Ready<T>, report: (call: CallReport) => void): Promise<T> => {
  const { service, request, facts, read, maxBytes, ms, signal, over = () => new TimeUp() } = ready;
  if (!facts.retried) host.retries.noteCall();
  return reported(report, facts, () =>
    withDeadline(ms, signal, over, () => exchange(service, host, request, maxBytes)).then(read),
  );
};
