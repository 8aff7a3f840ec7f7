/** ConnectedInstance.endpointService and ConnectedInstance.connection: DataArts Insight names them, VPCEP knows them. */
import { builder } from '../graph/builder.ts';
import { Connection } from '../graph/connection.ts';
import { ConnectedInstance } from '../upstreams/dataartsinsight/graph.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { readEndpointService, readServiceConnection } from '../upstreams/vpcep/nodes.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/loader.ts';

builder.objectFields(ConnectedInstance, (t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: 'The endpoint service connected to; null where it cannot be read.',
    resolve: ({ project, serviceId }, _args, context) =>
      serviceId === null ? null : unlessOutOfReach(readEndpointService(context, project, serviceId)),
  }),
  connection: t.field({
    type: Connection,
    nullable: true,
    description:
      "The endpoint as the service's owner sees it; null where the service belongs to another account.",
    resolve: ({ project, serviceId, endpointId }, _args, context) =>
      serviceId === null || endpointId === null
        ? null
        : unlessOutOfReach(readServiceConnection(context, project, serviceId, endpointId)),
  }),
}));
