import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from './operation.ts';

/** A request whose body was read. */
export type ReadRequest = IncomingMessage & { body?: Buffer };

/** What the HTTP server hands to GraphQL beside the request itself. */
export interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  operation: Operation;
  /** Who asks, where the gateway asks that. */
  subject: string | undefined;
  /** Whom what is limited is counted for. */
  tenant: string;
  /** Takes a subscription, which lasts, out of the operations that run; false where too many are open. */
  subscribed: () => boolean;
}
