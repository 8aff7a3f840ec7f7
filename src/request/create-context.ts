import type { IncomingHttpHeaders } from 'node:http';
import { borrowerKey, callerKey } from '../guards/caller-key.ts';
import { readCaller } from './caller.ts';
import type { Context } from './context.ts';
import { type Client, type ClientLimits, minWriteMs, type Project } from '../http/client.ts';
import type { PageSizes } from '../paging/page-request.ts';
import type { AbortSignalLike } from '../http/abort-signal.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Idempotency } from '../writes/idempotency.ts';
import type { KeyedMutex } from '../writes/keyed-mutex.ts';
import { createOperation, type Operation } from './operation.ts';
import type { Polling } from '../polling/polling.ts';

/** Who asks, and what for. */
export interface ContextRequest {
  headers: IncomingHttpHeaders;
  /** Ends what is read for a caller who hung up. */
  signal: AbortSignalLike;
  subject: string | undefined;
  /** Whom what is limited is counted for. */
  tenant: string;
  operation: Operation;
}

/** What a context takes from the configuration. */
interface ContextOptions {
  client: ClientLimits;
  projects: readonly Project[];
  sizes: PageSizes;
  shareReads: boolean;
  /** Milliseconds that responses are cached; 0 for not at all. */
  cacheTtlMs: number;
}

/** What outlives a request, keyed by a digest of its caller. */
interface SharedState {
  polling: Polling;
  idempotency: Idempotency;
  mutex: KeyedMutex;
  tenants: Tenants;
}

/** Makes the context of each request. */
export const createContextFactory = (
  config: ContextOptions,
  client: Client,
  { polling, idempotency, mutex, tenants }: SharedState,
): ((asking: ContextRequest) => Context) => {
  // An answer that is kept must not rest on a read that another replica's write has overtaken.
  const sharesReads = config.shareReads && config.cacheTtlMs === 0;

  const contextOf = (
    caller: ReturnType<typeof readCaller> & Pick<ContextRequest, 'subject' | 'tenant'>,
    operation: Operation,
  ): Context => {
    const { requestId, workspaceId } = caller;
    const { budget, explanation, observeBatches, partialErrors, fieldErrors, trace } = operation;
    let digest: string | undefined;
    const key = () => (digest ??= callerKey(caller));
    const callersOwn = (name: unknown) => JSON.stringify([key(), name]);
    return {
      cloud: client.as({
        ...caller,
        budget,
        onAccepted: caller.token === undefined ? undefined : () => tenants.accept(key()),
        trace,
        ...(sharesReads && { shareAs: key }),
        ...(explanation && { onCall: explanation.onCall }),
      }),
      caller: key,
      projects: config.projects,
      sizes: config.sizes,
      workspaceId,
      idempotent: (mutation, submit) =>
        idempotency.runOnce({
          ...submit,
          owner: callersOwn(mutation),
          borrower: borrowerKey(caller),
          left: () => budget.left(),
          signal: caller.signal,
        }),
      withLock: (name, noTurn, change) => {
        const ms = budget.left() - minWriteMs(config.client);
        const waiter = { caller: borrowerKey(caller), ms, signal: caller.signal };
        return mutex.run(JSON.stringify(name), waiter, noTurn, change);
      },
      watch: (name, wanted, look) =>
        polling.watch(
          callersOwn(name),
          wanted,
          // A poll outlives the subscription that began it, and each look reads anew.
          async (ids, signal) => {
            const own = createOperation(requestId, config.client, undefined, trace);
            try {
              return await look(contextOf({ ...caller, signal }, own), ids);
            } finally {
              own.budget.end();
            }
          },
          caller.signal,
          operation.identity?.expiresAt,
        ),
      observeBatches,
      budget,
      reads: new Map(),
      partialErrors,
      fieldErrors,
      markUncacheable: () => {
        operation.uncacheable = true;
      },
      trace,
    };
  };

  return ({ headers, signal, subject, tenant, operation }) =>
    contextOf({ ...readCaller(headers, operation.requestId, signal), subject, tenant }, operation);
};
