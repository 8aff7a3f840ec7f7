import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HostState } from '../http/host.ts';
import type { CallReport } from '../http/call-report.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { KeyedMutex } from '../writes/keyed-mutex.ts';
import type { WriteBuffers } from '../capacity/write-buffers.ts';

/** What the process counts, for `GET /metrics`. No label holds anything of a caller or of a customer's resource. */
export interface Metrics {
  countCall(call: CallReport): void;
  countError(code: string): void;
  countRequest(status: number, durationMs: number): void;
  countOperation(operation: { budget: { calls: number }; loadCount: number }): void;
  countLookup(found: boolean): void;
  countRepeated(unchanged: boolean): void;
  text(): Promise<string>;
  contentType: string;
}

/** What is asked when the metrics are read. */
export interface MetricSources {
  /** Operations by state: running, waiting, subscribed. */
  operations: () => Readonly<Record<string, number>>;
  hosts: () => HostState[];
  usage: MemoryBudget['usage'];
  writeBuffers: WriteBuffers['state'];
  whitelistLocks: KeyedMutex['state'];
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CALLS = [0, 1, 2, 5, 10, 20, 50, 100, 200];
const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

/** So many fields of operations are told apart, the rest are one. */
const MOST_FIELDS = 200;

/** Labels are looked up once, and not with every observation. */
const labelled = <Label extends string>(histogram: Histogram<Label>) => {
  const known = new Map<string, ReturnType<typeof histogram.labels>>();
  return (...labels: string[]) => {
    const name = labels.length === 1 ? labels[0]! : labels.join(' ');
    let one = known.get(name);
    if (!one) {
      one = histogram.labels(...labels);
      known.set(name, one);
    }
    return one;
  };
};

export const createMetrics = (states: MetricSources): Metrics => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
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
    help: 'Calls to the cloud, each try by itself, by operation and outcome.',
    labelNames: ['service', 'method', 'path', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'gateway_upstream_retries_total',
    help: 'Calls to the cloud that repeated a read.',
    labelNames: ['service'],
    registers,
  });
  const drift = new Counter({
    name: 'gateway_upstream_drift_total',
    help: 'Answers that are not in the contract, by the field that differs; empty where it is the whole answer.',
    labelNames: ['service', 'operation', 'field'],
    registers,
  });
  const perOperation = new Histogram({
    name: 'gateway_operation_upstream_calls',
    help: 'Calls to the cloud that one operation made.',
    buckets: CALLS,
    registers,
  });
  /** Added up here, and handed over when it is read: to count by label costs more than all the rest of a small operation. */
  const sums = { loads: 0, unchanged: 0, changed: 0 };
  const taken = (name: keyof typeof sums): number => {
    const sum = sums[name];
    sums[name] = 0;
    return sum;
  };
  const loads = new Counter({
    name: 'gateway_loads_total',
    help: 'What fields asked of lists. Divided by the calls to the cloud, it tells how much was batched.',
    registers,
    collect() {
      this.inc(taken('loads'));
    },
  });
  const lookups = new Counter({
    name: 'gateway_cache_lookups_total',
    help: 'Queries, by whether their answer was kept.',
    labelNames: ['outcome'],
    registers,
  });
  const repeated = new Counter({
    name: 'gateway_repeated_queries_total',
    help: 'Queries that had been answered before, by whether all answers of the cloud were the same again.',
    labelNames: ['outcome'],
    registers,
    collect() {
      for (const outcome of ['unchanged', 'changed'] as const) this.inc({ outcome }, taken(outcome));
    },
  });
  const running = new Gauge({
    name: 'gateway_operations',
    help: 'Operations that run, that wait for their turn, and subscriptions that are open.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(states.operations())) this.set({ state }, count);
    },
  });
  const breakers = new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'Whether a host is asked: 0 yes, 1 it is being probed, 2 no.',
    labelNames: ['service', 'host'],
    registers,
    collect() {
      for (const { service, host, breaker } of states.hosts()) this.set({ service, host }, BREAKER[breaker]);
    },
  });
  const hosts = new Gauge({
    name: 'gateway_upstream_calls',
    help: 'Calls to a host that are on their way, and that wait for a connection.',
    labelNames: ['service', 'host', 'state'],
    registers,
    collect() {
      for (const { service, host, ...counts } of states.hosts()) {
        this.set({ service, host, state: 'running' }, counts.running);
        this.set({ service, host, state: 'waiting' }, counts.waiting);
      }
    },
  });
  const held = new Gauge({
    name: 'gateway_held',
    help: 'What outlives a request, by what it is: bytes, or entries.',
    labelNames: ['what', 'unit'],
    registers,
    collect() {
      for (const { name, unit, held: count } of states.usage()) this.set({ what: name, unit }, count);
    },
  });
  const heldLimits = new Gauge({
    name: 'gateway_held_limit',
    help: 'The most of it that there may be.',
    labelNames: ['what', 'unit'],
    registers,
    collect() {
      for (const { name, unit, limit } of states.usage()) this.set({ what: name, unit }, limit);
    },
  });
  const unread = new Gauge({
    name: 'gateway_unread_answers',
    help: 'Answers that clients have not read to their end, and their bytes.',
    labelNames: ['unit'],
    registers,
    collect() {
      const { answers, bytes } = states.writeBuffers();
      this.set({ unit: 'answers' }, answers);
      this.set({ unit: 'bytes' }, bytes);
    },
  });
  const givenUp = new Counter({
    name: 'gateway_slow_readers_total',
    help: 'Answers that were given up to make room, because their client did not read them.',
    registers,
    collect() {
      this.reset();
      this.inc(states.writeBuffers().aborted);
    },
  });
  const turns = new Gauge({
    name: 'gateway_whitelist_changes',
    help: "Changes of clusters' whitelists that have their turn, and that wait for it.",
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(states.whitelistLocks())) this.set({ state }, count);
    },
  });
  void [held, heldLimits, unread, givenUp, running, breakers, hosts, loads, repeated, turns];

  const fields = new Set<string>();
  /** Readers who ask at once are told the same: each text takes milliseconds of everybody's time. */
  let reading: Promise<string> | undefined;

  const countDrift = ({ service, method, path }: CallReport, field: string): void => {
    const operation = `${method} ${path}`;
    const name = `${operation} ${field}`;
    if (fields.size < MOST_FIELDS) fields.add(name);
    drift.inc({ service, operation, field: fields.has(name) ? field : 'other' });
  };

  const callsOf = labelled(calls);
  const requestsOf = labelled(requests);

  return {
    countCall: (call) => {
      const { service, method, path, outcome, durationMs, retried } = call;
      callsOf(service, method, path, outcome).observe(durationMs / 1000);
      if (retried) retries.inc({ service });
      if (outcome === 'UPSTREAM_BAD_RESPONSE') countDrift(call, call.field ?? '');
      for (const field of call.drift ?? []) countDrift(call, field);
    },
    countError: (code) => errors.inc({ code }),
    countRequest: (status, durationMs) => requestsOf(String(status)).observe(durationMs / 1000),
    countOperation: ({ budget, loadCount }) => {
      perOperation.observe(budget.calls);
      sums.loads += loadCount;
    },
    countRepeated: (unchanged) => {
      sums[unchanged ? 'unchanged' : 'changed'] += 1;
    },
    countLookup: (found) => lookups.inc({ outcome: found ? 'hit' : 'miss' }),
    text: () =>
      (reading ??= register.metrics().finally(() => {
        reading = undefined;
      })),
    contentType: register.contentType,
  };
};
