/** Cluster.connections: rows come from CSS, and the packet ids to filter them by from VPCEP. */
import { clientError } from '../errors/client-error.ts';
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, ConnectionFilter, ConnectionNode, ConnectionOrder } from '../graph/connection.ts';
import {
  checkFilter,
  connectionMatcher,
  connectionOrder,
  namedConnection,
} from '../graph/connection-filter.ts';
import { listIdentity } from '../paging/page-source.ts';
import { FROM_OWN_CALL } from '../graph/field-source.ts';
import { PAGED } from '../guards/limits/cost-hints.ts';
import { resolvePage, pageType } from '../graph/page-field.ts';
import { prefetched } from '../graph/lookahead.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { clusterConnectionSource } from '../upstreams/css/connections.ts';
import { clusterNodeId } from '../upstreams/css/nodes.ts';
import { readMarkerId, readServiceSide } from './connection-sides.ts';

/**
 * Adds the packet id to a connection, for the filter.
 * @throws `FORBIDDEN` if it cannot be read: omitting the row would mean that it does not match the filter.
 */
const withMarkerId = async (connection: ConnectionNode, context: Context): Promise<ConnectionNode> => {
  const serviceSide = await readServiceSide(connection, context);
  const markerId = serviceSide?.markerId ?? (await readMarkerId(connection, context));
  if (serviceSide || markerId !== null) {
    const { parent, row, endpointSide } = connection;
    const filled = { description: null, failures: null, ...serviceSide, markerId };
    return new ConnectionNode(parent, row, { endpointSide, serviceSide: filled });
  }
  throw clientError(
    'FORBIDDEN',
    'The packet ids of these connections cannot be read: endpoint service and endpoints belong to other accounts. ' +
      'Filter by `endpointId` instead of `markerId`.',
  );
};

builder.objectField(Cluster, 'connections', (t) =>
  t.connection(
    {
      type: Connection,
      nullable: true,
      extensions: { ...PAGED, ...FROM_OWN_CALL },
      description:
        'Endpoints connected, or asking to connect, to the cluster. Without `orderBy` they come as the cloud orders them, ' +
        'which it does not document. Only the first 2,000 can be read.',
      args: {
        filter: t.arg({ type: ConnectionFilter, description: 'Which connections to list.' }),
        orderBy: t.arg({ type: ConnectionOrder, description: 'Order of the rows.' }),
      },
      resolve: prefetched((cluster, { filter, orderBy, ...page }, context, info) => {
        const checked = checkFilter(filter);
        const rows = clusterConnectionSource(cluster, context);
        const loadWithMarkerIds: typeof rows.load = async (window) => {
          const answer = await rows.load(window);
          return {
            ...answer,
            items: await Promise.all(answer.items.map((row) => withMarkerId(row, context))),
          };
        };
        const source = {
          ...rows,
          identity: () => listIdentity('connections', clusterNodeId(cluster), checked, orderBy),
          load: checked.markerId == null ? rows.load : loadWithMarkerIds,
          matches: connectionMatcher(checked),
          isNamed: namedConnection(checked),
          order: orderBy ? connectionOrder(orderBy) : undefined,
        };
        return resolvePage(source, page, context, info, 'ClusterConnectionsConnection');
      }),
    },
    ...pageType('ClusterConnectionsConnection', 'connections of a cluster'),
  ),
);
