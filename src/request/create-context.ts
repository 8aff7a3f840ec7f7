import { borrowerKey } from '../guards/caller-key.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Client, ClientLimits, WrapReads } from '../http/client.ts';
import { minWriteMs } from '../http/chain/refuse-late-writes.ts';
import type { Project } from '../http/request.ts';
import type { PageSizes } from '../paging/page-request.ts';
import type { Polling } from '../polling/shared-polls.ts';
import type { Idempotency } from '../writes/idempotency.ts';
import type { KeyedMutex } from '../writes/keyed-mutex.ts';
import type { CallerHeaders } from './caller.ts';
import type { Context } from './context.ts';
import { createOperation, identify, type Operation } from './operation.ts';

/** The caller of an operation, with the identities that key limits, caches and shared reads. */
interface ContextRequest {
  caller: CallerHeaders;
  /** The authenticated caller; undefined if the gateway does not authenticate. */
  subject: string | undefined;
  /** The identity that limits are counted for. */
  tenant: string;
  operation: Operation;
  /** Puts a link in front of the reads. */
  wrapReads?: WrapReads | undefined;
}

/** Makes the context of an operation. */
export type CreateContext = (request: ContextRequest) => Context;

/** The settings that a context needs. */
interface ContextOptions {
  client: ClientLimits;
  projects: readonly Project[];
  sizes: PageSizes;
  shareReads: boolean;
  /** Milliseconds that responses are cached; 0 for not at all. */
  cacheTtlMs: number;
}

/** Parts that outlive an operation and are shared between operations. */
interface Deps {
  client: Client;
  polling: Polling;
  idempotency: Idempotency;
  mutex: KeyedMutex;
  tenants: Tenants;
}

/** Contexts share the parts that outlive them by a digest of the caller. */
export const createContextFactory = (
  { client: limits, projects, sizes, shareReads, cacheTtlMs }: ContextOptions,
  { client, polling, idempotency, mutex, tenants }: Deps,
): CreateContext => {
  // A cached response must not depend on a read that began before a write of another replica.
  const sharesReads = shareReads && cacheTtlMs === 0;

  const createContext: CreateContext = (request) => {
    const { caller, subject, tenant, operation, wrapReads } = request;
    const { token, requestId, signal } = caller;
    const { budget, explanation, trace } = operation;
    const getDigest = () => identify(operation, token, subject);
    const callerScoped = (key: unknown) => JSON.stringify([getDigest(), key]);

    /** Runs one round of a poll as its own operation: a poll outlives the subscription that began it. */
    const asOwnOperation = async <T>(
      pollSignal: CallerHeaders['signal'],
      read: (context: Context) => Promise<T>,
    ): Promise<T> => {
      const own = createOperation(requestId, limits, undefined, trace);
      try {
        const context = {
          caller: { ...caller, signal: pollSignal },
          subject,
          tenant,
          operation: own,
        };
        return await read(createContext(context));
      } finally {
        own.budget.end();
      }
    };

    let isAccepted = false;
    const noteAccepted = () => {
      if (!isAccepted) tenants.accept(getDigest());
      isAccepted = true;
    };

    return {
      cloud: client.as(
        {
          ...caller,
          tenant,
          budget,
          onAccepted: token === undefined ? undefined : noteAccepted,
          trace,
          ...(sharesReads && { shareAs: getDigest }),
          ...(explanation && { onCall: explanation.onCall }),
        },
        wrapReads,
      ),
      caller: getDigest,
      projects,
      sizes,
      workspaceId: caller.workspaceId,
      idempotent: (mutation, write) =>
        idempotency.runOnce({
          ...write,
          owner: callerScoped(mutation),
          borrower: borrowerKey({ token, subject }),
          left: () => budget.left(),
          signal,
        }),
      withLock: (key, errors, change) => {
        const waitMs = budget.left() - minWriteMs(limits);
        const waiter = { caller: borrowerKey({ token, subject }), ms: waitMs, signal };
        return mutex.run(JSON.stringify(key), waiter, errors, change);
      },
      watch: (key, options, poll) =>
        polling.watch(
          callerScoped(key),
          options,
          (ids, pollSignal) => asOwnOperation(pollSignal, (context) => poll(context, ids)),
          signal,
          operation.identity?.expiresAt,
        ),
      observeBatches: operation.observeBatches,
      budget,
      reads: new Map(),
      partialErrors: operation.partialErrors,
      fieldErrors: operation.fieldErrors,
      markUncacheable: () => {
        operation.uncacheable = true;
      },
      trace,
    };
  };
  return createContext;
};
