/** Connection.endpoint, Endpoint.endpointService and Endpoint.connection: the endpoint as its project and as the service sees it. */
import { builder } from '../graph/builder.ts';
import { Connection } from '../graph/connection.ts';
import { Endpoint, endpointNode } from '../upstreams/vpcep/endpoints/graph.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { endpointById } from '../upstreams/vpcep/endpoints/loader.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';
import { readEndpointService } from '../upstreams/vpcep/nodes.ts';
import { readServiceConnection } from '../upstreams/vpcep/connections.ts';

builder.objectField(Connection, 'endpoint', (t) =>
  t.field({
    type: Endpoint,
    nullable: true,
    description: 'The endpoint as its own project sees it; null for an endpoint of another project.',
    resolve: async ({ parent: { project }, endpointId }, _args, context) => {
      const row = await endpointById(context).load(project, endpointId);
      return row && endpointNode(project, row);
    },
  }),
);

builder.objectFields(Endpoint, (t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: 'The endpoint service that it connects to; null where it cannot be read.',
    resolve: ({ project, serviceId }, _args, context) =>
      serviceId === null ? null : unlessOutOfReach(readEndpointService(context, project, serviceId)),
  }),
  connection: t.field({
    type: Connection,
    nullable: true,
    description:
      "The endpoint as the service's owner sees it; null where the endpoint service belongs to another account, as most " +
      'services of clusters do.',
    resolve: ({ project, serviceId, endpointId }, _args, context) =>
      serviceId === null
        ? null
        : unlessOutOfReach(readServiceConnection(context, project, serviceId, endpointId)),
  }),
}));
