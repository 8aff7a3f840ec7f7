/** Connections by endpoint id, under a cluster (CSS) or under an endpoint service (VPCEP). */
import type { Context } from '../request/context.ts';
import type { ConnectionNode, Parent } from '../graph/connection.ts';
import { findClusterConnections } from '../upstreams/css/connections.ts';
import { readServiceConnection } from '../upstreams/vpcep/connections.ts';

/**
 * Reads the connections of these endpoints, in their order; missing ones are left out.
 * @throws `RESULT_TRUNCATED` where one may be in the part of the list that cannot be read.
 */
export const readConnections = async (
  context: Context,
  parent: Parent,
  endpointIds: readonly string[],
): Promise<ConnectionNode[]> => {
  if (endpointIds.length === 0) return [];
  if (parent.__typename === 'EndpointService') {
    const { project, serviceId } = parent;
    const found = endpointIds.map((id) => readServiceConnection(context, project, serviceId, id));
    return (await Promise.all(found)).filter((node) => node !== null);
  }
  const find = await findClusterConnections(parent, endpointIds, context);
  return endpointIds.flatMap((id) => {
    const connection = find(id);
    if (connection instanceof Error) throw connection;
    return connection ?? [];
  });
};
