import { Counter, Gauge, type Registry } from 'prom-client';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { WriteBuffers } from '../capacity/write-buffers.ts';
import type { HostState } from '../http/host.ts';
import type { KeyedMutex } from '../writes/keyed-mutex.ts';
import type { LostLines } from './log-output.ts';
import { VERSION } from './version.ts';

/** State of the gateway, for metrics that read it when they are collected. */
export interface MetricSources {
  /** Operations by state: running, waiting, subscribed. */
  operations: () => Readonly<Record<string, number>>;
  hosts: () => HostState[];
  usage: MemoryBudget['usage'];
  writeBuffers: WriteBuffers['state'];
  whitelistLocks: KeyedMutex['state'];
  /** Whether Redis takes writes; missing if there is none. */
  isRedisUsable?: (() => Promise<boolean>) | undefined;
  /** Lines that the log has lost. */
  lostLines: () => Readonly<LostLines>;
}

const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Registers metrics of the gateway's state, which are read when they are collected. */
export const registerStateMetrics = (register: Registry, sources: MetricSources): void => {
  const registers = [register];
  new Gauge({
    name: 'gateway_build_info',
    help: 'Always 1; the labels say which version of the gateway runs, and on which Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: VERSION, node: process.versions.node }, 1);
  void new Gauge({
    name: 'gateway_operations',
    help: 'Operations that run, that wait for their turn, and subscriptions that are open.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(sources.operations())) this.set({ state }, count);
    },
  });
  void new Gauge({
    name: 'gateway_upstream_breaker_state',
    help: 'Whether a host is asked: 0 yes, 1 it is being probed, 2 no.',
    labelNames: ['service', 'host'],
    registers,
    collect() {
      for (const { service, host, breaker } of sources.hosts()) this.set({ service, host }, BREAKER[breaker]);
    },
  });
  void new Gauge({
    name: 'gateway_upstream_calls',
    help: 'Calls to a host that are on their way, and that wait for a connection.',
    labelNames: ['service', 'host', 'state'],
    registers,
    collect() {
      for (const { service, host, ...counts } of sources.hosts()) {
        this.set({ service, host, state: 'running' }, counts.running);
        this.set({ service, host, state: 'waiting' }, counts.waiting);
      }
    },
  });
  void new Gauge({
    name: 'gateway_held',
    help: 'What outlives a request, by what it is: bytes, or entries.',
    labelNames: ['what', 'unit'],
    registers,
    collect() {
      for (const { name, unit, held } of sources.usage()) this.set({ what: name, unit }, held);
    },
  });
  void new Gauge({
    name: 'gateway_held_limit',
    help: 'The most of it that there may be.',
    labelNames: ['what', 'unit'],
    registers,
    collect() {
      for (const { name, unit, limit } of sources.usage()) this.set({ what: name, unit }, limit);
    },
  });
  void new Gauge({
    name: 'gateway_unread_answers',
    help: 'Answers that clients have not read to their end, and their bytes.',
    labelNames: ['unit'],
    registers,
    collect() {
      const { answers, bytes } = sources.writeBuffers();
      this.set({ unit: 'answers' }, answers);
      this.set({ unit: 'bytes' }, bytes);
    },
  });
  void new Counter({
    name: 'gateway_slow_readers_total',
    help: 'Answers that were given up to make room, because their client did not read them.',
    registers,
    collect() {
      this.reset();
      this.inc(sources.writeBuffers().aborted);
    },
  });
  const { isRedisUsable } = sources;
  if (isRedisUsable)
    void new Gauge({
      name: 'gateway_redis_up',
      help: 'Whether Redis takes writes: 1 yes, 0 no.',
      registers,
      async collect() {
        this.set((await isRedisUsable()) ? 1 : 0);
      },
    });
  void new Gauge({
    name: 'gateway_whitelist_changes',
    help: "Changes of clusters' whitelists that have their turn, and that wait for it.",
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(sources.whitelistLocks())) this.set({ state }, count);
    },
  });
  void new Counter({
    name: 'gateway_log_lines_lost_total',
    help: 'Lines of the log that were lost, because nothing read them: lines of the audit, and others.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const [kind, count] of Object.entries(sources.lostLines())) this.inc({ kind }, count);
    },
  });
};
