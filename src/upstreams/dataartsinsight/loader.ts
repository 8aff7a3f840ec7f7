import DataLoader from 'dataloader';
import { perRequest } from '../../context.ts';
import type { Project } from '../../http/client.ts';
import { type ConnectedInstanceFacts, listConnectedInstances } from './rest.ts';

/** The connected instances that data sources of a workspace use: one call for all of them. */
export const connectedInstances = perRequest(
  ({ cloud }) =>
    new DataLoader<{ project: Project; workspaceId: string }, ConnectedInstanceFacts[], string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, workspaceId }) =>
            listConnectedInstances(cloud, project, workspaceId).catch((error: Error) => error),
          ),
        ),
      { cacheKeyFn: ({ project, workspaceId }) => `${project.region} ${project.projectId} ${workspaceId}` },
    ),
);
