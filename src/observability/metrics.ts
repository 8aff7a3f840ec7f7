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

/** The most field names that drift is counted for separately; further ones are counted as `other`. */
const MAX_DRIFT_FIELDS = 200;

export const createMetrics = (sources: MetricSources): Metrics => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const { requests, errors, calls, retries, drift, callsPerOperation, loads, lookups, repeated } =
    createEventMetrics(register);
  registerStateMetrics(register, sources);

  const driftFields = new Set<string>();
  const countDrift = ({ service, method, path }: CallReport, field: string): void => {
    const operation = `${method} ${path}`;
    const name = `${operation} ${field}`;
    if (driftFields.size < MAX_DRIFT_FIELDS) driftFields.add(name);
    drift.inc({ service, operation, field: driftFields.has(name) ? field : 'other' });
  };

  /** Concurrent readers share one text, since each takes milliseconds of the event loop. */
  let pendingText: Promise<string> | undefined;

  return {
    countCall: (call) => {
      const { service, method, path, outcome, durationMs, retried } = call;
      calls(service, method, path, outcome).observe(durationMs / 1000);
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
