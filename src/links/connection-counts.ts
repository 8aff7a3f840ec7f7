/** Cluster.connectionCounts (CSS) and EndpointService.connectionCounts (VPCEP): how many connections there are of each status. */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { ConnectionStatusEnum } from '../graph/connection.ts';
import type { ConnectionStatus } from '../graph/connection-status.ts';
import { FROM_OWN_CALL } from '../graph/field-source.ts';
import { allOf, type Extent } from '../paging/extent.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { clusterEndpointAccess } from '../upstreams/css/loader.ts';
import { serviceConnections } from '../upstreams/vpcep/connections-loader.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';

interface ConnectionCount {
  status: ConnectionStatus;
  count: number;
}

const ConnectionCountType = builder.objectRef<ConnectionCount>('ConnectionCount').implement({
  description: 'How many connections have a status.',
  fields: (t) => ({
    status: t.expose('status', { type: ConnectionStatusEnum, nullable: false, description: 'The status.' }),
    count: t.exposeInt('count', { nullable: false, description: 'Number of connections with this status.' }),
  }),
});

/**
 * Counts the connections of each status that occurs.
 * @throws `RESULT_TRUNCATED` if not all of them can be read: the counts of a part would be taken for those of the whole.
 */
const countByStatus = async (
  rows: Promise<{ items: readonly { status: ConnectionStatus }[]; extent: Extent }>,
): Promise<ConnectionCount[]> => {
  const counts = Map.groupBy(allOf(await rows), ({ status }) => status);
  const counted = [...counts].map(([status, { length }]) => ({ status, count: length }));
  return counted.toSorted((a, b) => (a.status < b.status ? -1 : 1));
};

const wholeList = ({ sizes }: Context) => ({ offset: 0, limit: sizes.maxRows });

const DESCRIPTION =
  'How many connections there are of each status that occurs, in the order of the names; they add up to `connections { totalCount }`. The list is read to its ' +
  'end, with one call for every 1,000 connections. If it cannot be read to its end, the error is `RESULT_TRUNCATED`';

builder.objectField(Cluster, 'connectionCounts', (t) =>
  t.field({
    type: [ConnectionCountType],
    extensions: FROM_OWN_CALL,
    nullable: { list: true, items: false },
    description: `${DESCRIPTION}.`,
    resolve: (cluster, _args, context) =>
      countByStatus(clusterEndpointAccess(context).load(cluster, wholeList(context))),
  }),
);

builder.objectField(EndpointService, 'connectionCounts', (t) =>
  t.field({
    type: [ConnectionCountType],
    extensions: FROM_OWN_CALL,
    nullable: { list: true, items: false },
    description: `${DESCRIPTION}; null for a service of another account.`,
    resolve: ({ ownership, project, serviceId }, _args, context) =>
      ownership === 'VISIBLE'
        ? null
        : countByStatus(
            serviceConnections(context).load({ project, serviceId, query: {} }, wholeList(context)),
          ),
  }),
);
