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

/** The project's own endpoints by id; null where the list lacks one, and a refusal where it cannot be read by itself. */
const endpointOrRefusal = perRequest((context) =>
  createIdLoader<Project, EndpointRow | null>({
    observer: context.observeBatches('endpoints by id'),
    nameOf: keyOfProject,
    idOf: (row) => row?.endpointId ?? '',
    limits: listLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => endpointList(context).load({ project, query: {} }, window),
    one: (project, endpointId) => getEndpoint(context.cloud, project, endpointId),
    missing: async () => null,
  }),
);

/** The project's own endpoints by id; null for an endpoint of another project. */
export const endpointById = (context: Context) => ({
  load: (project: Project, endpointId: string) =>
    unlessOutOfReach(endpointOrRefusal(context).load(project, endpointId)),
});

/** One of the project's own endpoints, refused in the words of the cloud where it cannot be read. */
export const ownEndpoint = async (
  context: Context,
  project: Project,
  endpointId: string,
): Promise<EndpointRow> => {
  const row = await endpointOrRefusal(context).load(project, endpointId);
  if (row) return row;
  throw clientError('NOT_FOUND', 'The project has no such endpoint. Those of other projects cannot be read.');
};
