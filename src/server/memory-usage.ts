import type { Config } from '../config/config.ts';
import type { FairShare } from '../capacity/fair-share.ts';
import type { ConcurrencyLimit } from '../guards/concurrency-limit.ts';
import type { Client } from '../http/client.ts';
import type { Idempotency } from '../writes/idempotency.ts';
import type { Log } from '../observability/log.ts';
import type { KeyedMutex } from '../writes/keyed-mutex.ts';
import type { MemoryBudget } from '../capacity/memory-budget.ts';
import type { WriteBuffers } from '../capacity/write-buffers.ts';
import type { Polling } from '../polling/shared-polls.ts';

/** Parts that hold data beyond one request, each within its own limit. */
interface Deps {
  writeBuffers: WriteBuffers;
  concurrency: ConcurrencyLimit;
  polling: Polling;
  connections: FairShare;
  idempotency: Idempotency;
  mutex: KeyedMutex;
  client: Client;
  log: Pick<Log, 'state'>;
}

/** Registers limit and usage of all data outside the caches that outlives a request, for metrics and the table in docs/limits.md. */
export const registerUsage = (
  memory: MemoryBudget,
  { answer, concurrency: limits, maxConnections, client: { callLimit, answersBytes } }: Config,
  { writeBuffers, concurrency, polling, connections, idempotency, mutex, client, log }: Deps,
): void => {
  const bytes = (name: string, limit: number, held: () => number) =>
    memory.register({ name, unit: 'bytes', limit, held });
  const entries = (name: string, limit: number, held: () => number) =>
    memory.register({ name, unit: 'entries', limit, held });
  bytes('unread_answers', answer.maxUnreadBytes, () => writeBuffers.state().bytes);
  bytes('request_bodies', limits.bodyBytes, () => concurrency.bodies.state().held);
  bytes('upstream_answers', answersBytes, () => client.bytesHeld());
  bytes('idempotency_keys', idempotency.limit, () => idempotency.state().bytes);
  const logState = log.state?.();
  if (logState) bytes('log_lines', logState.maxBytes, () => log.state!().waitingBytes);
  entries('connections', maxConnections, () => connections.state().held);
  entries('running_operations', limits.inFlight, () => concurrency.slots.state().held);
  entries('running_cost', limits.runningCost, () => concurrency.cost.state().held);
  entries('waiting_operations', limits.queue, () => concurrency.slots.state().waiting);
  entries('subscriptions', limits.subscriptions, () => concurrency.subscriptions.state().held);
  entries('polls', limits.subscriptions, polling.polls);
  entries('shared_reads', limits.inFlight * callLimit, () => client.sharedReads());
  entries('whitelist_changes', limits.inFlight, () => mutex.state().running + mutex.state().waiting);
};
