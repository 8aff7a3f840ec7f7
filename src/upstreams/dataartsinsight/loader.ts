import DataLoader from 'dataloader';
import { perRequest } from '../../request/context.ts';
import { createIdLoader } from '../../paging/id-loader.ts';
import { keyOfProject } from '../keys.ts';
import { type DataSourceRow, getDataSource, listDataSources, type WorkspaceKey } from './rest.ts';
import { readWholeList, type WholeList, wholeListSource } from './whole-list.ts';
import {
  type InsightInstanceRow,
  type InstanceKey,
  listInsightInstances,
  listWorkspaces,
  type WorkspaceRow,
} from './workspace-rest.ts';

const keyOfWorkspace = ({ project, workspaceId }: WorkspaceKey) => `${keyOfProject(project)} ${workspaceId}`;
const keyOfInstance = ({ project, instanceId }: InstanceKey) => `${keyOfProject(project)} ${instanceId}`;

/** A loader of whole lists: each is read once in a request. */
const createListLoader = <Key, Row>(
  keyOf: (key: Key) => string,
  read: (key: Key) => Promise<WholeList<Row>>,
) =>
  new DataLoader<Key, WholeList<Row>, string>(
    (keys) => Promise.all(keys.map((key) => read(key).catch((error: Error) => error))),
    { cacheKeyFn: keyOf },
  );

/** Data sources by workspace, with their connected instances. */
export const dataSources = perRequest(({ cloud, sizes: { maxRows } }) =>
  createListLoader<WorkspaceKey, DataSourceRow>(keyOfWorkspace, (workspace) =>
    readWholeList({
      read: (position) => listDataSources(cloud, workspace, position),
      keyOf: ({ dataSourceId }) => dataSourceId,
      maxRows,
    }),
  ),
);

/** Data sources of a workspace by id: one is read by itself, several out of the list. */
export const dataSourceById = perRequest((context) => {
  const { cloud, sizes } = context;
  return createIdLoader<WorkspaceKey, DataSourceRow>({
    observer: context.observeBatches('data sources by id'),
    nameOf: keyOfWorkspace,
    idOf: ({ dataSourceId }) => dataSourceId,
    limits: { pageSize: Number.MAX_SAFE_INTEGER },
    maxRows: sizes.maxRows,
    // Every window is read with the whole list.
    isListed: () => true,
    list: (workspace, window) => wholeListSource(() => dataSources(context).load(workspace)).load(window),
    oneWithoutList: true,
    one: (workspace, dataSourceId) => getDataSource(cloud, workspace, dataSourceId),
  });
});

/** Instances of DataArts Insight by project and workspace. */
export const insightInstances = perRequest(({ cloud, sizes: { maxRows } }) =>
  createListLoader<WorkspaceKey, InsightInstanceRow>(keyOfWorkspace, (workspace) =>
    readWholeList({
      read: (position) => listInsightInstances(cloud, workspace, position),
      keyOf: ({ instanceId }) => instanceId,
      maxRows,
    }),
  ),
);

/** Workspaces that the caller may see, by instance. */
export const instanceWorkspaces = perRequest(({ cloud, sizes: { maxRows } }) =>
  createListLoader<InstanceKey, WorkspaceRow>(keyOfInstance, (instance) =>
    readWholeList({
      read: (position) => listWorkspaces(cloud, instance, position),
      keyOf: ({ workspaceId }) => workspaceId,
      maxRows,
    }),
  ),
);
