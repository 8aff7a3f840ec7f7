import type { GraphQLError } from 'graphql';
import type { FieldErrors } from '../errors/field-errors.ts';
import type { Budget } from '../http/budget.ts';
import type { Cloud } from '../http/cloud.ts';
import type { Project } from '../http/request.ts';
import type { IdempotentWrite } from '../writes/idempotency.ts';
import type { LockErrors, Lock } from '../writes/keyed-mutex.ts';
import type { BatchObserver } from '../paging/batch-observer.ts';
import type { PageSizes } from '../paging/page-request.ts';
import type { Found, PollEvent, WatchOptions } from '../polling/watch.ts';
import type { OperationTrace } from '../observability/operation-trace.ts';

/** The context of one operation. */
export interface Context {
  /** Calls to the upstreams on behalf of the caller. */
  cloud: Cloud;
  /** A digest of the caller: the key of data that outlives the request. */
  caller: () => string;
  /** The projects served, in the order of the configuration. */
  projects: readonly Project[];
  sizes: PageSizes;
  /** An observer of the loads of one kind of list, and of the reads that serve them. */
  observeBatches: (kind: string) => BatchObserver;
  /** Time and calls left for the operation. Each event of a subscription renews them. */
  budget: Pick<Budget, 'left' | 'callsLeft' | 'callLimit' | 'renew'>;
  /** The DataArts Insight workspace in the caller's headers. */
  workspaceId: string | undefined;
  /** Runs a write once for all submissions by this caller with the same idempotency key. */
  idempotent: <T>(
    mutation: string,
    write: Omit<IdempotentWrite<T>, 'owner' | 'borrower' | 'left' | 'signal'>,
  ) => Promise<T>;
  /**
   * Runs a change under a lock: changes with the same key run one after the other, over all callers, and with Redis over all replicas.
   * The wait for the lock ends while enough time is left for a write.
   */
  withLock: <T>(key: readonly string[], errors: LockErrors, change: (lock: Lock) => Promise<T>) => Promise<T>;
  /** Polls resources until they are stable; this caller's subscriptions with the same key share one poll. */
  watch: <Item>(
    key: readonly string[],
    options: WatchOptions<Item>,
    poll: (context: Context, ids: readonly string[]) => Promise<ReadonlyMap<string, Found<Item>>>,
  ) => AsyncGenerator<PollEvent<Item>, void, undefined>;
  /** Loaders, by the function that makes them, with all that they have read. A write replaces the map, since that is then stale. */
  reads: Map<unknown, unknown>;
  /** Errors of lists that could be read only in part; they are reported beside the data. */
  partialErrors: GraphQLError[];
  /** Limits the number of errors in the response. */
  fieldErrors: FieldErrors;
  /** Excludes the response from all caches, since rows are missing in it. */
  markUncacheable: () => void;
  /** Traces the root fields; undefined if tracing is off. */
  trace?: Pick<OperationTrace, 'field'> | undefined;
}

/** Returns a function that makes a value once for each request, such as a loader: callers never see each other's reads. */
export const perRequest =
  <T>(make: (context: Context) => T): ((context: Context) => T) =>
  (context) => {
    // Not in a WeakMap for all requests: an entry would keep its value alive until the next major garbage collection.
    const existing = context.reads.get(make) as T | undefined;
    if (existing !== undefined) return existing;
    const made = make(context);
    context.reads.set(make, made);
    return made;
  };

/** Lets the operation reuse no earlier read; called after a write. */
export const forgetReads = (context: Context): void => {
  context.reads = new Map();
};
