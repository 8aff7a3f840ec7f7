import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallerHeaders } from './caller.ts';
import type { Context } from './context.ts';
import type { Operation } from './operation.ts';

/** A request; its body is set if it has been read. */
export type ReadRequest = IncomingMessage & { body?: Buffer };

/** The parts of a request that the fast path has made, so that Yoga makes none of them again. */
export interface Prepared {
  /** The body, if it is a JSON object. */
  json?: Readonly<Record<string, unknown>> | null | undefined;
  caller?: CallerHeaders;
  context?: Context | undefined;
}

/** Values that the HTTP server passes to Yoga with a request. */
export interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  operation: Operation;
  /** The authenticated caller; undefined if the gateway does not authenticate. */
  subject: string | undefined;
  /** The identity that limits are counted for. */
  tenant: string;
  /** Counts an operation as a subscription, and no longer as a running operation; false if too many subscriptions are open. */
  beginSubscription: () => boolean;
  prepared: Prepared;
}
