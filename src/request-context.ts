import type { IncomingHttpHeaders } from 'node:http';
import { callerKey } from './caller-key.ts';
import { callerOf } from './caller.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import type { Client } from './http/client.ts';
import { CallerGone } from './http/errors.ts';
import type { Signal } from './http/hang-up.ts';
import { createIdempotency } from './idempotency.ts';
import { createOperation, type Operation } from './operation.ts';
import type { Settling } from './settling/settling.ts';

/** Who asks, and what for. */
export interface Asking {
  headers: IncomingHttpHeaders;
  /** Ends what is read for a caller who hung up. */
  signal: Signal;
  subject: string | undefined;
  operation: Operation;
}

/** How often a client takes the place of another one who left in the midst of the same write. */
const MOST_TAKEN_OVER = 5;

/** Joins the same write of another request; where that client left before anything was sent, this one runs it. */
const joinedOrOwn = async <T>(
  join: (run: () => Promise<T>) => Promise<T>,
  run: () => Promise<T>,
  left = MOST_TAKEN_OVER,
): Promise<T> => {
  let isOwn = false;
  try {
    return await join(() => {
      isOwn = true;
      return run();
    });
  } catch (error) {
    if (isOwn || left === 0 || !(error instanceof CallerGone)) throw error;
    return joinedOrOwn(join, run, left - 1);
  }
};

/** Makes the context of each request. What outlives a request is here, keyed by a digest of its caller. */
export const createContexts = (
  config: Config,
  client: Client,
  settling: Settling,
): ((asking: Asking) => Context) => {
  const idempotency = createIdempotency();
  // An answer that is kept must not rest on a read that another replica's write has overtaken.
  const sharesReads = config.shareReads && config.cacheTtlMs === 0;

  const contextOf = (
    caller: ReturnType<typeof callerOf> & { subject: string | undefined },
    operation: Operation,
  ): Context => {
    const { requestId, workspaceId } = caller;
    const { budget, explanation, merging, missing, trace } = operation;
    let digest: string | undefined;
    const key = () => (digest ??= callerKey(caller));
    const callersOwn = (name: unknown) => JSON.stringify([key(), name]);
    return {
      cloud: client.as({
        ...caller,
        budget,
        trace,
        ...(sharesReads && { shareAs: key }),
        ...(explanation && { onCall: explanation.onCall }),
      }),
      caller: key,
      projects: config.projects,
      sizes: config.sizes,
      workspaceId,
      once: (mutation, idempotencyKey, input, run) =>
        joinedOrOwn((own) => idempotency.once(callersOwn(mutation), idempotencyKey, input, own), run),
      watch: (name, wanted, look) =>
        settling.watch(
          callersOwn(name),
          wanted,
          // A poll outlives the subscription that began it, and each look reads anew.
          (ids, signal) =>
            look(
              contextOf({ ...caller, signal }, createOperation(requestId, config.client, undefined, trace)),
              ids,
            ),
          caller.signal,
        ),
      merging,
      budget,
      reads: new Map(),
      missing,
      passing: () => {
        operation.passing = true;
      },
      trace,
    };
  };

  return ({ headers, signal, subject, operation }) =>
    contextOf({ ...callerOf(headers, operation.requestId, signal), subject }, operation);
};
