import { pino } from 'pino';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { CallReport } from './http/report.ts';

/** The log: lines of JSON on standard output. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const createLog = (level: Config['logLevel']): Log => pino({ level, base: null });

/** What the process counts, for `GET /metrics`. No label holds anything of a caller or of a customer's resource. */
export interface Metrics {
  countCall(call: CallReport): void;
  countError(code: string): void;
  countRequest(status: number, durationMs: number): void;
  text(): Promise<string>;
  contentType: string;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'GraphQL requests, by HTTP status.',
    labelNames: ['status'],
    buckets: SECONDS,
    registers,
  });
  const errors = new Counter({
    name: 'gateway_errors_total',
    help: 'Errors in answers, by extensions.code.',
    labelNames: ['code'],
    registers,
  });
  const calls = new Histogram({
    name: 'gateway_upstream_call_duration_seconds',
    help: 'Calls to the cloud, each attempt by itself, by operation and outcome.',
    labelNames: ['service', 'method', 'path', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  return {
    countCall: ({ service, method, path, outcome, durationMs }) =>
      calls.observe({ service, method, path, outcome }, durationMs / 1000),
    countError: (code) => errors.inc({ code }),
    countRequest: (status, durationMs) => requests.observe({ status: String(status) }, durationMs / 1000),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
