import { badInput, clientError } from '../errors/client-error.ts';
import { type Context, forgetReads } from '../request/context.ts';
import { Closing, CredentialExpired } from '../polling/shared-polls.ts';
import { type PollEvent, StillUnsettled } from '../polling/watch.ts';
import type { ConnectionStatus } from './connection-status.ts';
import { checkVendorId } from './validate-input.ts';

/** A state that a subscription waits for. */
export type AwaitedStatus = ConnectionStatus | 'GONE';

/** States that end by themselves. */
const TRANSIENT: ReadonlySet<ConnectionStatus> = new Set<ConnectionStatus>(['CREATING', 'DELETING']);

/** Description of the argument `until`. */
export const UNTIL =
  'States that count as settled; by default, or when empty, all but `CREATING` and `DELETING`. To wait for the owner ' +
  'of the service, leave `PENDING_ACCEPTANCE` out: `[ACCEPTED, REJECTED, FAILED]`. To wait for a deletion: `[GONE]`. ' +
  'Anything that is not there (any more) always counts as settled.';

/** Description of the time right after a write. */
export const LAG =
  'Right after a change the cloud may still show the state before it, or nothing: a state that has not changed since ' +
  'the first event counts as settled after five seconds at the earliest (`SETTLING_LAG_MS`).';

const MAX_ENDPOINTS = 50;

/**
 * Checks the endpoint ids of a subscription; each comes once.
 * @throws `BAD_USER_INPUT`
 */
export const checkWatchedIds = (endpointIds: readonly string[]): string[] => {
  const ids = [...new Set(endpointIds.map((id) => checkVendorId('endpointIds', id)))];
  if (ids.length > 0 && ids.length <= MAX_ENDPOINTS) return ids;
  throw badInput(`\`endpointIds\` must be 1 to ${MAX_ENDPOINTS} ids; take more in several subscriptions.`);
};

/** Options of a watch on things with a status: when to send an event, and when the status is settled. */
export const watchOptions = <Item extends { status: ConnectionStatus | null; statusRaw: string | null }>(
  until: readonly AwaitedStatus[] | null | undefined,
  { maxWaitFactor }: { maxWaitFactor: number },
) => ({
  stateOf: ({ statusRaw }: Item) => statusRaw ?? '',
  isSettled: (item: Item | null) => {
    if (item === null) return true;
    if (until?.length) return item.status !== null && until.includes(item.status);
    return item.status === null || !TRANSIENT.has(item.status);
  },
  isRemoval: until?.includes('GONE') ?? false,
  maxWaitFactor,
});

/** Turns the reason why a watch ended into an error for clients. */
const toClientError = (error: unknown): unknown => {
  if (error instanceof Closing)
    return clientError('OVERLOADED', 'The gateway is shutting down. Subscribe again: another one takes it.');
  if (error instanceof CredentialExpired)
    return clientError('UNAUTHENTICATED', 'The token has expired. Subscribe again with a new one.');
  if (!(error instanceof StillUnsettled)) return error;
  return clientError(
    'DEADLINE_EXCEEDED',
    `Not settled in the time that one subscription may take: ${error.unsettled} of the \`endpointIds\`. ` +
      'The events so far tell their states; subscribe again to go on.',
  );
};

/**
 * Takes the item out of an event. Other selected values are read again.
 * @throws `NOT_FOUND` where the item is not there, or the error that ended the watch.
 */
export const unwrapEvent = <Item>(event: PollEvent<Item>, context: Context): Item => {
  forgetReads(context);
  context.budget.renew();
  context.fieldErrors.renew();
  if ('error' in event) throw toClientError(event.error);
  const { id: endpointId, item } = event;
  if (item !== null) return item;
  throw clientError('NOT_FOUND', `There is no such endpoint: ${endpointId}.`, { endpointId });
};
