import type { Dispatcher } from 'undici';
import { withDeadline } from './deadline.ts';
import { failureOf } from './failure.ts';
import type { Host } from './host.ts';
import { type CallFacts, type CallReport, reported } from './report.ts';
import type { Outgoing } from './request.ts';
import type { Service } from './service.ts';

/** A call that is ready to be made. */
export interface Ready<T> {
  service: Service;
  request: Outgoing;
  facts: CallFacts;
  read: (answer: Dispatcher.ResponseData) => Promise<T>;
  /** Milliseconds that it may take, and what it is when it takes longer; a time-out unless told otherwise. */
  ms: number;
  over?: () => Error;
  signal?: AbortSignal | undefined;
}

const exchange = async <T>(host: Host, { service, request, read }: Ready<T>, signal: AbortSignal) => {
  const { origin: _, ...rest } = request;
  let status: number | null = null;
  try {
    const answer = await host.pool.request({ ...rest, signal });
    status = answer.statusCode;
    return await read(answer);
  } catch (cause) {
    throw failureOf(service, cause, status);
  }
};

/** Makes a call, once, and reports how it ended. */
export const send = <T>(host: Host, ready: Ready<T>, report: (call: CallReport) => void): Promise<T> => {
  if (!ready.facts.retried) host.retries.noteCall();
  return reported(report, ready.facts, () =>
    withDeadline(ready.ms, ready.signal, (ended) => exchange(host, ready, ended), ready.over),
  );
};
