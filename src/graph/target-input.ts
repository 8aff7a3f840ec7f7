import type { Project } from '../http/request.ts';
import { builder } from './builder.ts';
import type { Parent } from './connection.ts';
import { checkVendorId } from './validate-input.ts';

/** Input that names the parent, a cluster or an endpoint service, whose connections or whitelist are changed. */
export const ParentReference = builder.inputType('ParentReference', {
  description: 'Reference to a cluster or to an endpoint service: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    clusterId: t.id({ description: 'Id of the cluster, as the console shows it.' }),
    serviceId: t.id({ description: 'Id of the endpoint service, as the console shows it.' }),
  }),
});

/** Input that names an endpoint service. */
export const EndpointServiceBy = builder.inputType('EndpointServiceBy', {
  description: 'Reference to an endpoint service: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Id of the service, as the console shows it.' }),
    name: t.string({ description: 'Full name of the service, compared exactly.' }),
  }),
});

/** Parses the parent in an argument; its id is checked, so that it can be used in URLs. */
export const parseParent = (
  argument: string,
  { clusterId, serviceId }: { clusterId?: string | null; serviceId?: string | null },
  project: Project,
): Parent =>
  clusterId != null
    ? { __typename: 'Cluster', project, clusterId: checkVendorId(`${argument}.clusterId`, clusterId) }
    : {
        __typename: 'EndpointService',
        project,
        serviceId: checkVendorId(`${argument}.serviceId`, serviceId!),
      };

/** The GraphQL field with which a client reads a parent, for messages. */
export const queryFieldOf = (parent: Parent): string =>
  parent.__typename === 'Cluster'
    ? `cluster(clusterId: "${parent.clusterId}")`
    : `endpointService(by: { id: "${parent.serviceId}" })`;
