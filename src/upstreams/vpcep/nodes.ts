import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../../request/context.ts';
import { prefetchOwnCalls, selectedSources } from '../../graph/lookahead.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import type { Project } from '../../http/request.ts';
import { isOutOfReach } from './service.ts';
import { endpointServiceById, type KnownService } from './services/loader.ts';

export interface EndpointServiceNode extends KnownService {
  __typename: 'EndpointService';
  project: Project;
}

/** Converts a row to a node. */
export const endpointServiceNode = (project: Project, row: KnownService): EndpointServiceNode => ({
  __typename: 'EndpointService',
  project,
  ...row,
});

/** Identity of an endpoint service, as the parent of connections and whitelist records. */
export type ServiceIdentity = Pick<EndpointServiceNode, '__typename' | 'project' | 'serviceId'>;

/** The opaque id of an endpoint service. */
export const serviceNodeId = ({ project, serviceId }: ServiceIdentity) =>
  encodeNodeId('EndpointService', project, serviceId);

/** Reads a service by its id: one of the project's own, or a visible one of another account. */
export const readEndpointService = async (context: Context, project: Project, serviceId: string) =>
  endpointServiceNode(project, await endpointServiceById(context).load(project, serviceId));

/**
 * Reads a service as far as the selection needs it: where only its lists are selected, there is no call for its detail,
 * unless a list is refused. Then the detail tells whether the service is another account's, or not there.
 */
export const readSelectedService = async (
  context: Context,
  project: Project,
  serviceId: string,
  info: GraphQLResolveInfo,
): Promise<EndpointServiceNode> => {
  const sources = selectedSources(info, 'EndpointService');
  if (!sources.has('ownCall') || sources.has('object'))
    return readEndpointService(context, project, serviceId);
  // Values that are not selected are missing.
  const service = {
    __typename: 'EndpointService',
    project,
    serviceId,
    ownership: 'OWN',
  } as EndpointServiceNode;
  const outcomes = await prefetchOwnCalls(info, 'EndpointService', service, context);
  const isRefused = outcomes.some((one) => one.status === 'rejected' && isOutOfReach(one.reason));
  return isRefused ? readEndpointService(context, project, serviceId) : service;
};
