import type { ReadProbe } from '../upstream.ts';
import { PAGE_SIZE } from './rest.ts';
import { listInsightInstances } from './workspace-rest.ts';

export const probe: ReadProbe = {
  limits: { pageSize: PAGE_SIZE },
  window: { offset: 0, limit: PAGE_SIZE },
  read: (cloud, project) => listInsightInstances(cloud, { project, workspaceId: project.workspaceId! }, 0),
  findObstacle: ({ workspaceId }) =>
    workspaceId === undefined
      ? { words: 'no workspace is known', hint: 'Set the workspace of the project to have it tried' }
      : undefined,
  permission: 'a role in DataArts Insight, and to be a member of the workspace',
};
