import DataLoader from 'dataloader';
import { perRequest } from '../../request/context.ts';
import type { Project } from '../../http/client.ts';
import { idLoader } from '../../paging/id-loader.ts';
import { type DataSourceFacts, getDataSource, listDataSources, type WorkspaceKey } from './rest.ts';
import { readWhole, type WholeList, wholeListSource } from './whole-list.ts';
import {
  type InsightInstanceFacts,
  type InstanceKey,
  listInsightInstances,
  listWorkspaces,
  type WorkspaceFacts,
} from './workspace-rest.ts';

const nameOfProject = ({ region, projectId }: Project) => `${region} ${projectId}`;
const nameOfWorkspace = ({ project, workspaceId }: WorkspaceKey) =>
  `${nameOfProject(project)} ${workspaceId}`;
const nameOfInstance = ({ project, instanceId }: InstanceKey) => `${nameOfProject(project)} ${instanceId}`;

/** Whole lists, each read once within a request. */
const wholeLists = <Key, Row>(nameOf: (key: Key) => string, read: (key: Key) => Promise<WholeList<Row>>) =>
  new DataLoader<Key, WholeList<Row>, string>(
    (keys) => Promise.all(keys.map((key) => read(key).catch((error: Error) => error))),
    { cacheKeyFn: nameOf },
  );

/** The data sources of a workspace, and in them its connected instances: one call for all of them. */
export const dataSources = perRequest(({ cloud, sizes: { maxRows } }) =>
  wholeLists<WorkspaceKey, DataSourceFacts>(nameOfWorkspace, (workspace) =>
    readWhole({
      read: (position) => listDataSources(cloud, workspace, position),
      keyOf: ({ dataSourceId }) => dataSourceId,
      maxRows,
    }),
  ),
);

/** Data sources of a workspace by id: one is read by itself, several out of the list. */
export const dataSourceFacts = perRequest((context) => {
  const { cloud, sizes } = context;
  return idLoader<WorkspaceKey, DataSourceFacts>({
    merging: context.merging('data sources by id'),
    nameOf: nameOfWorkspace,
    idOf: ({ dataSourceId }) => dataSourceId,
    limits: { pageSize: Number.MAX_SAFE_INTEGER },
    maxRows: sizes.maxRows,
    list: (workspace, window) => wholeListSource(() => dataSources(context).load(workspace)).load(window),
    oneWithoutList: true,
    one: (workspace, dataSourceId) => getDataSource(cloud, workspace, dataSourceId),
  });
});

/** The instances of DataArts Insight that a project has. */
export const insightInstances = perRequest(({ cloud, sizes: { maxRows } }) =>
  wholeLists<WorkspaceKey, InsightInstanceFacts>(nameOfWorkspace, (workspace) =>
    readWhole({
      read: (position) => listInsightInstances(cloud, workspace, position),
      keyOf: ({ instanceId }) => instanceId,
      maxRows,
    }),
  ),
);

/** The workspaces of an instance, as far as the caller may see them. */
export const instanceWorkspaces = perRequest(({ cloud, sizes: { maxRows } }) =>
  wholeLists<InstanceKey, WorkspaceFacts>(nameOfInstance, (instance) =>
    readWhole({
      read: (position) => listWorkspaces(cloud, instance, position),
      keyOf: ({ workspaceId }) => workspaceId,
      maxRows,
    }),
  ),
);
