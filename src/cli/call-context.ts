import type { GraphQLSchema } from 'graphql';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

/** What a call of the command works with. */
export interface CallContext {
  client: Client;
  schema: GraphQLSchema;
  terminal: Terminal;
  environment: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C, and when the reader of the output has gone. */
  signal: AbortSignal;
}
