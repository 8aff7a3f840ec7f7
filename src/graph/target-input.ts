import type { Project } from '../http/client.ts';
import { builder } from './builder.ts';
import type { Parent } from './connection.ts';
import { vendorId } from './validate-input.ts';

/** Which cluster or which endpoint service has the connections, or the whitelist, to change. */
export const ParentReference = builder.inputType('ParentReference', {
  description: 'Which cluster or which endpoint service is meant: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    clusterId: t.id({ description: 'Id of the cluster, as the console shows it.' }),
    serviceId: t.id({ description: 'Id of the endpoint service, as the console shows it.' }),
  }),
});

/** The parent that an argument names, checked before a URL is made of it. */
export const parentOf = (
  argument: string,
  { clusterId, serviceId }: { clusterId?: string | null; serviceId?: string | null },
  project: Project,
): Parent =>
  clusterId != null
    ? { __typename: 'Cluster', project, clusterId: vendorId(`${argument}.clusterId`, clusterId) }
    : { __typename: 'EndpointService', project, serviceId: vendorId(`${argument}.serviceId`, serviceId!) };

/** The field that a client reads a parent with. */
export const fieldOf = (parent: Parent): string =>
  parent.__typename === 'Cluster'
    ? `cluster(clusterId: "${parent.clusterId}")`
    : `endpointService(by: { id: "${parent.serviceId}" })`;
