/** Cluster.connections: rows come from CSS, and the packet ids to filter them by from VPCEP. */
import { builder } from '../graph/builder.ts';
import { Connection, ConnectionFilter, ConnectionOrder } from '../graph/connection.ts';
import { checkFilter } from '../graph/connection-filter.ts';
import { FROM_OWN_CALL } from '../graph/field-source.ts';
import { PAGED } from '../guards/limits/cost-hints.ts';
import { resolvePage, pageType } from '../graph/page-field.ts';
import { prefetched } from '../graph/lookahead.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { filteredClusterSource } from './connection-source.ts';

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
        const source = filteredClusterSource(cluster, checkFilter(filter), orderBy, context);
        return resolvePage(source, page, context, info, 'ClusterConnectionsConnection');
      }),
    },
    ...pageType('ClusterConnectionsConnection', 'connections of a cluster'),
  ),
);
