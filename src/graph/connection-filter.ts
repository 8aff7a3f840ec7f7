import { badInput } from '../errors/client-error.ts';
import type { RowOrder } from '../paging/row-order.ts';
import type { ConnectionFilter, ConnectionNode, ConnectionOrder } from './connection.ts';
import { vendorId } from './validate-input.ts';

/** A filter of connections, as the arguments give it. */
export type Filter = typeof ConnectionFilter.$inferInput;
/** An order of connections, as the arguments give it. */
export type Order = typeof ConnectionOrder.$inferInput;

/** The filter, checked before anything is read. */
export const checkedFilter = (filter: Filter | null | undefined): Filter => {
  const { endpointId, domainId, markerId } = filter ?? {};
  if (endpointId != null) vendorId('filter.endpointId', endpointId);
  if (domainId != null) vendorId('filter.domainId', domainId);
  if (markerId != null && !/^\d{1,20}$/.test(markerId))
    throw badInput('`filter.markerId` must be 1 to 20 digits.');
  return filter ?? {};
};

/** What the conditions say of a connection, or undefined where there are none. */
export const connectionMatcher = (filter: Filter): ((node: ConnectionNode) => boolean) | undefined => {
  const { status, endpointId, domainId, markerId } = filter;
  const conditions: ((node: ConnectionNode) => boolean)[] = [];
  if (status?.length) conditions.push((node) => status.includes(node.status));
  if (endpointId != null) conditions.push((node) => node.endpointId === endpointId);
  if (domainId != null) conditions.push((node) => node.domainId === domainId);
  if (markerId != null) conditions.push((node) => node.serviceSide?.markerId === markerId);
  return conditions.length === 0 ? undefined : (node) => conditions.every((holds) => holds(node));
};

/** Whether a connection is the one that the filter names; undefined where it names none. */
export const namedConnection = ({
  endpointId,
  markerId,
}: Filter): ((node: ConnectionNode) => boolean) | undefined => {
  if (endpointId != null) return (node) => node.endpointId === endpointId;
  return markerId == null ? undefined : (node) => node.serviceSide?.markerId === markerId;
};

/** The order for the gateway to make. */
export const connectionOrder = ({ field, direction }: Order): RowOrder<ConnectionNode> => ({
  valueOf: (node) => (field === 'CREATED_AT' ? node.createdAt : node.updatedAt),
  direction,
});

/** A list's identity with its filter and order: what a cursor is bound to. */
export const identityOf = (list: string, ...rest: unknown[]): string => JSON.stringify([list, ...rest]);
