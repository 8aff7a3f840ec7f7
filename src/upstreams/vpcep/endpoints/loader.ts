import { clientError } from '../../../errors/client-error.ts';
import { type Context, perRequest } from '../../../request/context.ts';
import type { Project } from '../../../http/request.ts';
import { createIdLoader } from '../../../paging/id-loader.ts';
import { createWindowLoader } from '../../../paging/window-loader.ts';
import type { Page } from '../../../paging/window.ts';
import { keyOfProject, keyOfQuery } from '../../keys.ts';
import { unlessOutOfReach } from '../out-of-reach.ts';
import { listLimits } from '../rest.ts';
import { type EndpointQuery, type EndpointRow, getEndpoint, listEndpoints } from './rest.ts';

/** Windows of the list of the project's own endpoints. */
export const endpointList = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<{ project: Project; query: EndpointQuery }, EndpointRow, Page<EndpointRow>>({
    observer: observeBatches('endpoints'),
    limits: listLimits,
    nameOf: ({ project, query }) => `${keyOfProject(project)} ${keyOfQuery(query)}`,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, query }, window) => listEndpoints(cloud, project, window, query),
  }),
);

/** The project's own endpoints by id; null where the list lacks it, and the cloud's refusal where its detail is refused. */
const endpointOrThrow = perRequest((context) =>
  createIdLoader<Project, EndpointRow | null>({
    observer: context.observeBatches('endpoints by id'),
    nameOf: keyOfProject,
    idOf: (row) => row?.endpointId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => endpointList(context).load({ project, query: {} }, window),
    isListed: (project, window) => endpointList(context).has({ project, query: {} }, window),
    one: (project, endpointId) => getEndpoint(context.cloud, project, endpointId),
    missing: async () => null,
  }),
);

/** The project's own endpoints by id; null for an endpoint of another project. */
export const endpointById = (context: Context) => ({
  load: (project: Project, endpointId: string) =>
    unlessOutOfReach(endpointOrThrow(context).load(project, endpointId)),
});

/**
 * Reads one of the project's own endpoints.
 * @throws `NOT_FOUND`, or the cloud's refusal.
 */
export const ownEndpoint = async (
  context: Context,
  project: Project,
  endpointId: string,
): Promise<EndpointRow> => {
  const row = await endpointOrThrow(context).load(project, endpointId);
  if (row) return row;
  throw clientError('NOT_FOUND', 'The project has no such endpoint. Those of other projects cannot be read.');
};
