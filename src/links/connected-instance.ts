/**
 * The endpoint service and the connection of a connected instance, and of a data source that is reached through one: DataArts
 * Insight has their ids, VPCEP the objects.
 */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection } from '../graph/connection.ts';
import type { Project } from '../http/request.ts';
import { ConnectedInstance, DataSource } from '../upstreams/dataartsinsight/graph.ts';
import type { ConnectedInstanceRow } from '../upstreams/dataartsinsight/rest.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { readEndpointService } from '../upstreams/vpcep/nodes.ts';
import { readServiceConnection } from '../upstreams/vpcep/connections.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';

type Ends = Pick<ConnectedInstanceRow, 'serviceId' | 'endpointId'>;

const readService = (context: Context, project: Project, { serviceId }: Ends) =>
  serviceId === null ? null : unlessOutOfReach(readEndpointService(context, project, serviceId));

const readConnection = (context: Context, project: Project, { serviceId, endpointId }: Ends) =>
  serviceId === null || endpointId === null
    ? null
    : unlessOutOfReach(readServiceConnection(context, project, serviceId, endpointId));

builder.objectFields(ConnectedInstance, (t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: 'The endpoint service connected to; null where it cannot be read.',
    resolve: (instance, _args, context) => readService(context, instance.project, instance),
  }),
  connection: t.field({
    type: Connection,
    nullable: true,
    description:
      "The endpoint as the service's owner sees it; null where the service belongs to another account.",
    resolve: (instance, _args, context) => readConnection(context, instance.project, instance),
  }),
}));

builder.objectFields(DataSource, (t) => ({
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description:
      'The endpoint service that it is reached through; null where there is none, or where it cannot be read.',
    resolve: ({ project, connectedInstance }, _args, context) =>
      connectedInstance && readService(context, project, connectedInstance),
  }),
  connection: t.field({
    type: Connection,
    nullable: true,
    description:
      "The endpoint that it is reached through, as the service's owner sees it; null where there is none, or where the " +
      'service belongs to another account.',
    resolve: ({ project, connectedInstance }, _args, context) =>
      connectedInstance && readConnection(context, project, connectedInstance),
  }),
}));
