import type { IncomingHttpHeaders } from 'node:http';
import { borrowerKey, callerKey } from '../guards/caller-key.ts';
import { callerOf } from './caller.ts';
import type { Config } from '../config/config.ts';
import type { Context } from './context.ts';
import { type Client, leastForWrite } from '../http/client.ts';
import type { Signal } from '../http/abort-signal.ts';
import type { Tenants } from '../guards/tenants.ts';
import type { Idempotency } from '../writes/idempotency.ts';
import type { KeyedTurns } from '../writes/keyed-mutex.ts';
import { createOperation, type Operation } from './operation.ts';
import type { Settling } from '../polling/polling.ts';

/** Who asks, and what for. */
export interface Asking {
  headers: IncomingHttpHeaders;
  /** Ends what is read for a caller who hung up. */
  signal: Signal;
  subject: string | undefined;
  /** Whom what is limited is counted for. */
  tenant: string;
  operation: Operation;
}

/** What outlives a request, keyed by a digest of its caller. */
interface Shared {
  settling: Settling;
  idempotency: Idempotency;
  turns: KeyedTurns;
  tenants: Tenants;
}

/** Makes the context of each request. */
export const createContexts = (
  config: Config,
  client: Client,
  { settling, idempotency, turns, tenants }: Shared,
): ((asking: Asking) => Context) => {
  // An answer that is kept must not rest on a read that another replica's write has overtaken.
  const sharesReads = config.shareReads && config.cacheTtlMs === 0;

  const contextOf = (
    caller: ReturnType<typeof callerOf> & Pick<Asking, 'subject' | 'tenant'>,
    operation: Operation,
  ): Context => {
    const { requestId, workspaceId } = caller;
    const { budget, explanation, merging, missing, failures, trace } = operation;
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
      once: (mutation, submit) =>
        idempotency.once({
          ...submit,
          owner: callersOwn(mutation),
          borrower: borrowerKey(caller),
          left: () => budget.left(),
          signal: caller.signal,
        }),
      inTurn: (name, noTurn, change) => {
        const ms = budget.left() - leastForWrite(config.client);
        const waiter = { caller: borrowerKey(caller), ms, signal: caller.signal };
        return turns.run(JSON.stringify(name), waiter, noTurn, change);
      },
      watch: (name, wanted, look) =>
        settling.watch(
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
      merging,
      budget,
      reads: new Map(),
      missing,
      failures,
      passing: () => {
        operation.passing = true;
      },
      trace,
    };
  };

  return ({ headers, signal, subject, tenant, operation }) =>
    contextOf({ ...callerOf(headers, operation.requestId, signal), subject, tenant }, operation);
};
