import type { GraphQLError } from 'graphql';
import type { Failures } from '../errors/field-errors.ts';
import type { Budget } from '../http/budget.ts';
import type { Cloud, Project } from '../http/client.ts';
import type { Submit } from '../writes/idempotency.ts';
import type { NoTurn, Turn } from '../writes/keyed-mutex.ts';
import type { Merging } from '../paging/batch-observer.ts';
import type { PageSizes } from '../paging/page-request.ts';
import type { Found, Sighting, Wanted } from '../polling/watch.ts';
import type { OperationTrace } from '../observability/tracing.ts';

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
  merging: (what: string) => Merging;
  /** The time that is left for the operation; the next event of a subscription has time and calls of its own. */
  budget: Pick<Budget, 'left' | 'renew'>;
  /** DataArts Insight workspace that the caller named. */
  workspaceId: string | undefined;
  /** Makes double submits of this caller one call. */
  once: <T>(
    mutation: string,
    submit: Omit<Submit<T>, 'owner' | 'borrower' | 'left' | 'signal'>,
  ) => Promise<T>;
  /**
   * Runs a change of one thing when this caller's turn comes: changes with the same key run one after the other, over all callers,
   * and with Redis over all replicas. The wait ends while there is time left for a write.
   */
  inTurn: <T>(key: readonly string[], noTurn: NoTurn, change: (turn: Turn) => Promise<T>) => Promise<T>;
  /** Watches things until they settle; this caller's subscriptions to what has the same name share one poll. */
  watch: <Item>(
    name: readonly string[],
    wanted: Wanted<Item>,
    look: (context: Context, ids: readonly string[]) => Promise<ReadonlyMap<string, Found<Item>>>,
  ) => AsyncGenerator<Sighting<Item>, void, undefined>;
  /** What reads, such as a loader, and holds what was read so far: a write makes it stale by putting a new map here. */
  reads: Map<unknown, unknown>;
  /** What is missing in lists that were read all the same: told beside the data. */
  missing: GraphQLError[];
  /** Bounds the errors of the answer. */
  failures: Failures;
  /** Says that the answer is good for this moment only, since rows are missing in it. */
  passing: () => void;
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
