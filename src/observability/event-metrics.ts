import { Counter, Histogram, type Registry } from 'prom-client';

const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CALL_BUCKETS = [0, 1, 2, 5, 10, 20, 50, 100, 200];

/** Looks up each combination of labels once, instead of with every observation. */
const cacheLabels = <Label extends string>(histogram: Histogram<Label>) => {
  const children = new Map<string, ReturnType<typeof histogram.labels>>();
  return (...labels: string[]) => {
    const name = labels.length === 1 ? labels[0]! : labels.join(' ');
    let child = children.get(name);
    if (!child) {
      child = histogram.labels(...labels);
      children.set(name, child);
    }
    return child;
  };
};

/** A sum that its counter takes over when the metrics are read: to count with labels costs more CPU time than a small operation. */
class PendingSum {
  #sum = 0;

  add(amount: number): void {
    this.#sum += amount;
  }

  take(): number {
    const sum = this.#sum;
    this.#sum = 0;
    return sum;
  }
}

/** Metrics of events, counted when they happen. */
export const createEventMetrics = (register: Registry) => {
  const registers = [register];
  const requests = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'GraphQL requests, by HTTP status.',
    labelNames: ['status'],
    buckets: DURATION_BUCKETS_S,
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
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const failures = new Counter({
    name: 'gateway_upstream_failures_total',
    help: 'Calls to the cloud that failed below HTTP, by the code of the cause.',
    labelNames: ['service', 'cause'],
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
  const callsPerOperation = new Histogram({
    name: 'gateway_operation_upstream_calls',
    help: 'Calls to the cloud that one operation made.',
    buckets: CALL_BUCKETS,
    registers,
  });
  const loads = new PendingSum();
  void new Counter({
    name: 'gateway_loads_total',
    help: 'What fields asked of lists. Divided by the calls to the cloud, it tells how much was batched.',
    registers,
    collect() {
      this.inc(loads.take());
    },
  });
  const lookups = new Counter({
    name: 'gateway_cache_lookups_total',
    help: 'Queries, by whether their answer was kept.',
    labelNames: ['outcome'],
    registers,
  });
  const repeated = { unchanged: new PendingSum(), changed: new PendingSum() };
  void new Counter({
    name: 'gateway_repeated_queries_total',
    help: 'Queries that had been answered before, by whether all answers of the cloud were the same again.',
    labelNames: ['outcome'],
    registers,
    collect() {
      for (const outcome of ['unchanged', 'changed'] as const)
        this.inc({ outcome }, repeated[outcome].take());
    },
  });
  return {
    requests: cacheLabels(requests),
    calls: cacheLabels(calls),
    errors,
    failures,
    retries,
    drift,
    callsPerOperation,
    loads,
    lookups,
    repeated,
  };
};
