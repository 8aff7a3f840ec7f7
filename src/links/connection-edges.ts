/**
 * The edge of a new endpoint in the connections of its service (VPCEP): in the payload of `createEndpoint` (VPCEP) and of
 * `verifyAndCreateEndpoint` (DataArts Insight).
 */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import type { Project } from '../http/request.ts';
import { edgesOf } from '../paging/relay-connection.ts';
import { VerifyAndCreateEndpointPayload } from '../upstreams/dataartsinsight/mutations.ts';
import { CreateEndpointPayload } from '../upstreams/vpcep/endpoints/mutations.ts';
import { readServiceConnection, serviceConnectionSource } from '../upstreams/vpcep/connections.ts';
import { ServiceConnectionEdge } from '../upstreams/vpcep/graph.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';

/** What says which endpoint was made, and to which service. */
interface NewEndpoint {
  project: Project;
  serviceId: string | null;
  endpointId: string | null;
}

const readConnectionEdge = async (endpoint: NewEndpoint | null, context: Context) => {
  const { project, serviceId, endpointId } = endpoint ?? {};
  if (!project || !serviceId || !endpointId) return null;
  const connection = await unlessOutOfReach(readServiceConnection(context, project, serviceId, endpointId));
  if (!connection) return null;
  const service = { __typename: 'EndpointService' as const, project, serviceId };
  return edgesOf(serviceConnectionSource(service, {}, null, context), [connection])[0];
};

const DESCRIPTION =
  "Its edge at the front of the endpoint service's `connections`, without filter and order; null if nothing was made, and for a " +
  'service of another account.';

builder.objectField(CreateEndpointPayload, 'connectionEdge', (t) =>
  t.field({
    type: ServiceConnectionEdge,
    nullable: true,
    description: DESCRIPTION,
    resolve: ({ endpoint }, _args, context) => readConnectionEdge(endpoint, context),
  }),
);

builder.objectField(VerifyAndCreateEndpointPayload, 'connectionEdge', (t) =>
  t.field({
    type: ServiceConnectionEdge,
    nullable: true,
    description: DESCRIPTION,
    resolve: ({ connectedInstance }, _args, context) => readConnectionEdge(connectedInstance, context),
  }),
);
