import { parseTime, type RowOrder } from '../paging/row-order.ts';
import { allConditions, type Condition, equals, isOneOf } from './conditions.ts';
import type { ConnectionFilter, ConnectionNode, ConnectionOrder } from './connection.ts';
import { rowOrder } from './order.ts';
import { checkIpv4, checkMarkerId, checkVendorId } from './validate-input.ts';

export type Filter = typeof ConnectionFilter.$inferInput;
export type Order = typeof ConnectionOrder.$inferInput;

/**
 * Checks a filter.
 * @throws `BAD_USER_INPUT`
 */
export const checkFilter = (filter: Filter | null | undefined): Filter => {
  const { endpointId, domainId, ipv4, markerId } = filter ?? {};
  if (endpointId != null) checkVendorId('filter.endpointId', endpointId);
  if (domainId != null) checkVendorId('filter.domainId', domainId);
  if (ipv4 != null) checkIpv4('filter.ipv4', ipv4);
  if (markerId != null) checkMarkerId('filter.markerId', markerId);
  return filter ?? {};
};

/** Builds the predicate of a filter; undefined where it has no condition. */
export const connectionMatcher = (filter: Filter): Condition<ConnectionNode> => {
  const { status, endpointId, domainId, ipv4, markerId, createdAfter } = filter;
  const start = createdAfter == null ? undefined : Date.parse(createdAfter);
  return allConditions<ConnectionNode>([
    isOneOf(status, (node: ConnectionNode) => node.status),
    equals(endpointId, (node: ConnectionNode) => node.endpointId),
    equals(domainId, (node: ConnectionNode) => node.domainId),
    equals(ipv4, (node: ConnectionNode) => node.endpointSide?.ipv4),
    equals(markerId, (node: ConnectionNode) => node.serviceSide?.markerId),
    start === undefined ? undefined : (node) => parseTime(node.createdAt) > start,
  ]);
};

/** Builds the predicate for the one connection that a filter names by id; undefined where it names none. */
export const namedConnection = ({ endpointId, markerId }: Filter): Condition<ConnectionNode> =>
  equals(endpointId, (node: ConnectionNode) => node.endpointId) ??
  equals(markerId, (node: ConnectionNode) => node.serviceSide?.markerId);

/** Turns the argument into an order of rows; undefined where it is not given. */
export const connectionOrder = (order: Order | null | undefined): RowOrder<ConnectionNode> | undefined =>
  rowOrder(order, { CREATED_AT: (node) => node.createdAt, UPDATED_AT: (node) => node.updatedAt });
