import { badInput } from '../errors/client-error.ts';
import { parseTime, type RowOrder } from '../paging/row-order.ts';
import type { ConnectionFilter, ConnectionNode, ConnectionOrder } from './connection.ts';
import { checkVendorId } from './validate-input.ts';

export type Filter = typeof ConnectionFilter.$inferInput;
export type Order = typeof ConnectionOrder.$inferInput;

/**
 * Checks a filter.
 * @throws `BAD_USER_INPUT`
 */
export const checkFilter = (filter: Filter | null | undefined): Filter => {
  const { endpointId, domainId, markerId } = filter ?? {};
  if (endpointId != null) checkVendorId('filter.endpointId', endpointId);
  if (domainId != null) checkVendorId('filter.domainId', domainId);
  if (markerId != null && !/^\d{1,20}$/.test(markerId))
    throw badInput('`filter.markerId` must be 1 to 20 digits.');
  return filter ?? {};
};

/** Builds the predicate of a filter; undefined where it has no condition. */
export const connectionMatcher = (filter: Filter): ((node: ConnectionNode) => boolean) | undefined => {
  const { status, endpointId, domainId, markerId, createdAfter } = filter;
  const conditions: ((node: ConnectionNode) => boolean)[] = [];
  if (status?.length) conditions.push((node) => status.includes(node.status));
  if (endpointId != null) conditions.push((node) => node.endpointId === endpointId);
  if (domainId != null) conditions.push((node) => node.domainId === domainId);
  if (markerId != null) conditions.push((node) => node.serviceSide?.markerId === markerId);
  if (createdAfter != null) {
    const start = Date.parse(createdAfter);
    conditions.push((node) => parseTime(node.createdAt) > start);
  }
  return conditions.length === 0 ? undefined : (node) => conditions.every((holds) => holds(node));
};

/** Builds the predicate for the one connection that a filter names by id; undefined where it names none. */
export const namedConnection = ({
  endpointId,
  markerId,
}: Filter): ((node: ConnectionNode) => boolean) | undefined => {
  if (endpointId != null) return (node) => node.endpointId === endpointId;
  return markerId == null ? undefined : (node) => node.serviceSide?.markerId === markerId;
};

/** Turns the argument into an order of rows. */
export const connectionOrder = ({ field, direction }: Order): RowOrder<ConnectionNode> => ({
  valueOf: (node) => (field === 'CREATED_AT' ? node.createdAt : node.updatedAt),
  direction,
});
