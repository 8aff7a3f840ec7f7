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

/** One caller's request. */
export interface Context {
  /** The upstreams, as this caller. */
  cloud: Cloud;
  /** A digest of who asks, for what outlives the request. */
  caller: () => string;
  /** The projects served, in the order of the configuration. */
  projects: readonly Project[];
  sizes: PageSizes;
  /** Told of what is asked of one kind of list, and of what is read for it. */
  observeBatches: (what: string) => BatchObserver;
  /** The time that is left for the operation; the next event of a subscription has time and calls of its own. */
  budget: Pick<Budget, 'left' | 'renew'>;
  /** DataArts Insight workspace that the caller named. */
  workspaceId: string | undefined;
  /** Makes double submits of this caller one call. */
  idempotent: <T>(
    mutation: string,
    submit: Omit<IdempotentWrite<T>, 'owner' | 'borrower' | 'left' | 'signal'>,
  ) => Promise<T>;
  /**
   * Runs a change of one thing when this caller's turn comes: changes with the same key run one after the other, over all callers,
   * and with Redis over all replicas. The wait ends while there is time left for a write.
   */
  withLock: <T>(key: readonly string[], noTurn: LockErrors, change: (turn: Lock) => Promise<T>) => Promise<T>;
  /** Watches things until they settle; this caller's subscriptions to what has the same name share one poll. */
  watch: <Item>(
    name: readonly string[],
    wanted: WatchOptions<Item>,
    look: (context: Context, ids: readonly string[]) => Promise<ReadonlyMap<string, Found<Item>>>,
  ) => AsyncGenerator<PollEvent<Item>, void, undefined>;
  /** What reads, such as a loader, and holds what was read so far: a write makes it stale by putting a new map here. */
  reads: Map<unknown, unknown>;
  /** What is missing in lists that were read all the same: told beside the data. */
  partialErrors: GraphQLError[];
  /** Bounds the errors of the answer. */
  fieldErrors: FieldErrors;
  /** Says that the answer is good for this moment only, since rows are missing in it. */
  markUncacheable: () => void;
  /** Follows the root fields, where traces are made. */
  trace?: Pick<OperationTrace, 'field'> | undefined;
}

/** Something made once for each request, such as a loader: nothing read for one caller is seen by another. */
export const perRequest =
  <T>(make: (context: Context) => T): ((context: Context) => T) =>
  (context) => {
    // Not in a weak map: what is in one that lives on outlives the request, until Node next looks through all memory.
    const known = context.reads.get(make) as T | undefined;
    if (known !== undefined) return known;
    const made = make(context);
    context.reads.set(make, made);
    return made;
  };

/** After a write: all that this request reads from now on is read anew. */
export const forgetReads = (context: Context): void => {
  context.reads = new Map();
};
