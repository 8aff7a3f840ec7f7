/**
 * Fields of Connection that only one API has: CSS has the endpoint's side, VPCEP the service's. The other API is called when they
 * are selected.
 */
import type { Context } from '../request/context.ts';
import { builder } from '../graph/builder.ts';
import {
  Connection,
  type ConnectionNode,
  type EndpointSide,
  FailureType,
  type ServiceSide,
} from '../graph/connection.ts';
import { readEndpointAccess } from '../upstreams/css/connections.ts';
import { endpointById } from '../upstreams/vpcep/endpoints/loader.ts';
import { ownServiceByName } from '../upstreams/vpcep/services/loader.ts';
import { serviceConnectionById } from '../upstreams/vpcep/connections-loader.ts';
import { unlessOutOfReach } from '../upstreams/vpcep/out-of-reach.ts';

/** Reads the endpoint's side; null where the endpoint belongs to another project. */
const readEndpointSide = async (
  connection: ConnectionNode,
  context: Context,
): Promise<EndpointSide | null> => {
  if (connection.endpointSide) return connection.endpointSide;
  const row = await endpointById(context).load(connection.parent.project, connection.endpointId);
  return row && { ...row, maxSessions: null };
};

/** Reads the service's side; null if the service belongs to another account, as most services of clusters do. */
export const readServiceSide = async (
  connection: ConnectionNode,
  context: Context,
): Promise<ServiceSide | null> => {
  const { parent, endpointId, serviceSide } = connection;
  if (serviceSide || parent.__typename !== 'Cluster') return serviceSide;
  const { serviceName } = await readEndpointAccess(parent, context);
  if (serviceName === null) return null;
  const { project } = parent;
  return unlessOutOfReach(
    ownServiceByName(context, project, serviceName).then(
      (service) =>
        service && serviceConnectionById(context).load({ project, serviceId: service.serviceId }, endpointId),
    ),
  );
};

/** Reads the packet id from the service's side, and where that cannot be read from the caller's own endpoint. */
export const readMarkerId = async (connection: ConnectionNode, context: Context): Promise<string | null> => {
  const markerId = (await readServiceSide(connection, context))?.markerId ?? null;
  if (markerId !== null) return markerId;
  const { parent, endpointId } = connection;
  return (await endpointById(context).load(parent.project, endpointId))?.markerId ?? null;
};

const endpointSide =
  <Value>(pick: (side: EndpointSide) => Value) =>
  (connection: ConnectionNode, _args: object, context: Context): Value | null | Promise<Value | null> =>
    connection.endpointSide
      ? pick(connection.endpointSide)
      : readEndpointSide(connection, context).then((side) => side && pick(side));

const serviceSide =
  <Value>(pick: (side: ServiceSide) => Value) =>
  (connection: ConnectionNode, _args: object, context: Context): Value | null | Promise<Value | null> =>
    connection.serviceSide
      ? pick(connection.serviceSide)
      : readServiceSide(connection, context).then((side) => side && pick(side));

const ofOwnEndpoints = 'under an endpoint service it is null unless the endpoint is of the same project.';
const ofOwnServices = 'under a cluster it is null unless the endpoint service is of the same project.';

builder.objectFields(Connection, (t) => ({
  maxSessions: t.int({
    description:
      'Most sessions at one time (`maxSession`); null under an endpoint service, where no API returns it.',
    resolve: endpointSide((side) => side.maxSessions),
  }),
  specification: t.string({
    description: `Specification of the endpoint (\`specificationName\`), such as \`default\`; ${ofOwnEndpoints}`,
    resolve: endpointSide((side) => side.specification),
  }),
  ipv4: t.string({
    description: `IPv4 address of the endpoint (\`vpcepIp\`, \`ip\`); ${ofOwnEndpoints}`,
    resolve: endpointSide((side) => side.ipv4),
  }),
  ipv6: t.string({
    description: `IPv6 address of the endpoint; ${ofOwnEndpoints}`,
    resolve: endpointSide((side) => side.ipv6),
  }),
  dnsNames: t.stringList({
    nullable: { list: true, items: false },
    description: `Private domain names of the endpoint; null or empty where it has none; ${ofOwnEndpoints}`,
    resolve: endpointSide((side) => side.dnsNames),
  }),
  markerId: t.string({
    description:
      'Packet id of the endpoint in digits (`marker_id`); it can exceed 2^53; under a cluster it is null unless the endpoint ' +
      'service or the endpoint is of the same project.',
    resolve: (connection, _args, context) =>
      connection.serviceSide?.markerId ?? readMarkerId(connection, context),
  }),
  description: t.string({
    description: `The service owner's note on the connection; ${ofOwnServices}`,
    resolve: serviceSide((side) => side.description),
  }),
  failures: t.field({
    type: [FailureType],
    nullable: { list: true, items: false },
    description: `Why the connection failed; empty when it did not; ${ofOwnServices}`,
    resolve: serviceSide((side) => side.failures),
  }),
}));
