/** Cluster.endpointService, Connection.endpointService and Connection.cluster: CSS has the name of the service, VPCEP the service. */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import { Connection, type Parent } from '../graph/connection.ts';
import { Permission } from '../graph/permission.ts';
import { FROM_OWN_CALL } from '../graph/field-source.ts';
import { Cluster } from '../upstreams/css/graph.ts';
import { readEndpointAccess } from '../upstreams/css/connections.ts';
import { type ClusterNode } from '../upstreams/css/nodes.ts';
import { EndpointService } from '../upstreams/vpcep/graph.ts';
import { endpointServiceNode, readEndpointService } from '../upstreams/vpcep/nodes.ts';
import { endpointServiceById, endpointServiceByName } from '../upstreams/vpcep/services/loader.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';

const readServiceOfCluster = (cluster: ClusterNode, context: Context) => {
  const { project } = cluster;
  endpointServiceById(context).expect(project);
  return readEndpointAccess(cluster, context).then(({ serviceName }) =>
    serviceName === null
      ? null
      : unlessOutOfReach(
          endpointServiceByName(context, project, serviceName).then((row) =>
            endpointServiceNode(project, row),
          ),
        ),
  );
};

/** Reads the endpoint service that is, or stands in front of, a parent. */
const readServiceOfParent = (parent: Parent, context: Context) =>
  parent.__typename === 'Cluster'
    ? readServiceOfCluster(parent, context)
    : unlessOutOfReach(readEndpointService(context, parent.project, parent.serviceId));

builder.objectField(Cluster, 'endpointService', (t) =>
  t.field({
    type: EndpointService,
    extensions: FROM_OWN_CALL,
    nullable: true,
    description:
      'The endpoint service in front of the cluster, found by its name. Mostly it belongs to an account of CSS, so only ' +
      'its basic facts can be read; null while access is off, and if not even these can be read.',
    resolve: (cluster, _args, context) => readServiceOfCluster(cluster, context),
  }),
);

builder.objectFields(Permission, (t) => ({
  cluster: t.field({
    type: Cluster,
    nullable: true,
    description: 'The cluster whose whitelist it is on; null under an endpoint service.',
    resolve: ({ parent }) => (parent.__typename === 'Cluster' ? parent : null),
  }),
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description:
      'The endpoint service whose whitelist it is on, or that stands in front of the cluster; null where it cannot be read.',
    resolve: ({ parent }, _args, context) => readServiceOfParent(parent, context),
  }),
}));

builder.objectFields(Connection, (t) => ({
  cluster: t.field({
    type: Cluster,
    nullable: true,
    description: 'The cluster connected to; null under an endpoint service, where no API returns it.',
    resolve: ({ parent }) => (parent.__typename === 'Cluster' ? parent : null),
  }),
  endpointService: t.field({
    type: EndpointService,
    nullable: true,
    description: 'The endpoint service connected to; null where it cannot be read.',
    resolve: ({ parent }, _args, context) => readServiceOfParent(parent, context),
  }),
}));
