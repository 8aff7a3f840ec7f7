import type { Config } from '../config/config.ts';
import type { FairShare } from '../capacity/fair-share.ts';
import type { Admission } from '../guards/concurrency-limit.ts';
import type { Client } from '../http/client.ts';
import type { Idempotency } from '../writes/idempotency.ts';
import type { KeyedTurns } from '../writes/keyed-mutex.ts';
import type { Memory } from '../capacity/memory-budget.ts';
import type { Outbox } from '../capacity/write-buffers.ts';
import type { Settling } from '../polling/polling.ts';

/** What holds something beyond one request, and holds itself to a limit. */
interface Holders {
  outbox: Outbox;
  admission: Admission;
  settling: Settling;
  connections: FairShare;
  idempotency: Idempotency;
  turns: KeyedTurns;
  client: Client;
}

/** Has everything counted that requests share beside what is kept for them: for metrics, and for the table in the README. */
export const watchHoldings = (
  memory: Memory,
  { answer, admission: limits, maxConnections, client: { callLimit, answersBytes } }: Config,
  { outbox, admission, settling, connections, idempotency, turns, client }: Holders,
): void => {
  const bytes = (name: string, limit: number, held: () => number) =>
    memory.watch({ name, unit: 'bytes', limit, held });
  const entries = (name: string, limit: number, held: () => number) =>
    memory.watch({ name, unit: 'entries', limit, held });
  bytes('unread_answers', answer.maxUnreadBytes, () => outbox.state().bytes);
  bytes('request_bodies', limits.bodyBytes, () => admission.bodies.state().held);
  bytes('upstream_answers', answersBytes, () => client.bytesHeld());
  bytes('idempotency_keys', idempotency.limit, () => idempotency.state().bytes);
  entries('connections', maxConnections, () => connections.state().held);
  entries('running_operations', limits.inFlight, () => admission.places.state().held);
  entries('running_cost', limits.runningCost, () => admission.cost.state().held);
  entries('waiting_operations', limits.queue, () => admission.places.state().waiting);
  entries('subscriptions', limits.subscriptions, () => admission.subscriptions.state().held);
  entries('polls', limits.subscriptions, settling.polls);
  entries('shared_reads', limits.inFlight * callLimit, () => client.sharedReads());
  entries('whitelist_changes', limits.inFlight, () => turns.state().running + turns.state().waiting);
};
