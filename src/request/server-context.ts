import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from './context.ts';
import type { Operation } from './operation.ts';

/** A request whose body was read. */
export type ReadRequest = IncomingMessage & { body?: Buffer };

/** The parts of a request that the fast path has made, so that Yoga makes none of them again. */
export interface Prepared {
  /** The body, if it is a JSON object. */
  json?: Readonly<Record<string, unknown>> | null | undefined;
  context?: Context | undefined;
}

/** What the HTTP server hands to Yoga beside the request itself. */
export interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  operation: Operation;
  /** The authenticated caller; undefined if the gateway does not authenticate. */
  subject: string | undefined;
  /** Whom limits are counted for. */
  tenant: string;
  /** Moves a subscription, which lasts, out of the running operations; false if too many are open. */
  beginSubscription: () => boolean;
  prepared: Prepared;
}
