import { enumReader } from '../http/wire-values.ts';

/** The state of an endpoint and of its connection, from any of the three services. */
export const connectionStatus = enumReader({
  pendingAcceptance: 'PENDING_ACCEPTANCE',
  creating: 'CREATING',
  accepted: 'ACCEPTED',
  rejected: 'REJECTED',
  failed: 'FAILED',
  deleting: 'DELETING',
});

/** A status as the graph names it. */
export type ConnectionStatus = ReturnType<typeof connectionStatus>;
