import { collectDefaultMetrics, Registry } from 'prom-client';
import type { CallReport } from '../http/call-report.ts';
import { createEventMetrics } from './event-metrics.ts';
import { type MetricSources, registerStateMetrics } from './state-metrics.ts';

/** Metrics of the process, for `GET /metrics`. No label contains data of a caller or the name of a customer's resource. */
export interface Metrics {
  countCall(call: CallReport): void;
  countError(code: string): void;
  countRequest(status: number, durationMs: number): void;
  countOperation(operation: { budget: { calls: number }; loadCount: number }): void;
  /** Counts a lookup in the response cache. */
  countLookup(found: boolean): void;
  /** Counts a query whose recorded reads were repeated; `unchanged` if all responses of the cloud were the same. */
  countRepeated(unchanged: boolean): void;
  text(): Promise<string>;
  contentType: string;
}

/** The most field names that drift is counted for separately. */
const MAX_DRIFT_FIELDS = 200;
/** The most causes that failures are counted for separately. There are about thirty, and proxies may send any status. */
const MAX_CAUSES = 100;
const OTHER = 'other';

/** Bounds the values of a label: true for the first names that it is asked for, and for no more of them than `max`. */
const firstNames = (max: number) => {
  const names = new Set<string>();
  return (name: string): boolean => {
    if (names.size < max) names.add(name);
    return names.has(name);
  };
};

export const createMetrics = (sources: MetricSources): Metrics => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const { requests, errors, calls, failures, retries, drift, callsPerOperation, loads, lookups, repeated } =
    createEventMetrics(register);
  registerStateMetrics(register, sources);

  const hasDriftField = firstNames(MAX_DRIFT_FIELDS);
  const hasCause = firstNames(MAX_CAUSES);
  const countDrift = ({ service, method, path }: CallReport, field: string): void => {
    const operation = `${method} ${path}`;
    drift.inc({ service, operation, field: hasDriftField(`${operation} ${field}`) ? field : OTHER });
  };

  /** Concurrent readers share one text, since each takes milliseconds of the event loop. */
  let pendingText: Promise<string> | undefined;

  return {
    countCall: (call) => {
      const { service, method, path, outcome, cause, durationMs, retried } = call;
      calls(service, method, path, outcome).observe(durationMs / 1000);
      if (cause !== undefined) failures.inc({ service, cause: hasCause(cause) ? cause : OTHER });
      if (retried) retries.inc({ service });
      if (outcome === 'UPSTREAM_BAD_RESPONSE') countDrift(call, call.field ?? '');
      for (const field of call.drift ?? []) countDrift(call, field);
    },
    countError: (code) => errors.inc({ code }),
    countRequest: (status, durationMs) => requests(String(status)).observe(durationMs / 1000),
    countOperation: ({ budget, loadCount }) => {
      callsPerOperation.observe(budget.calls);
      loads.add(loadCount);
    },
    countRepeated: (unchanged) => repeated[unchanged ? 'unchanged' : 'changed'].add(1),
    countLookup: (found) => lookups.inc({ outcome: found ? 'hit' : 'miss' }),
    text: () =>
      (pendingText ??= register.metrics().finally(() => {
        pendingText = undefined;
      })),
    contentType: register.contentType,
  };
};
