import DataLoader from 'dataloader';
import { perRequest } from '../../request/context.ts';
import type { Project } from '../../http/client.ts';
import { idLoader } from '../../paging/id-loader.ts';
import { windowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import {
  type ClusterConnectionFacts,
  clusterConnectionLimits,
  type ClusterEndpointAccess,
  type ClusterFacts,
  clusterListLimits,
  getCluster,
  listClusterConnections,
  listClusters,
} from './rest.ts';

/** The clusters of a project, of one engine or of all. */
export interface ClusterList {
  project: Project;
  datastoreType?: string | undefined;
}

/** Which cluster is meant. */
export interface ClusterKey {
  project: Project;
  clusterId: string;
}

const nameOfProject = ({ region, projectId }: Project) => `${region} ${projectId}`;
const nameOfCluster = ({ project, clusterId }: ClusterKey) => `${nameOfProject(project)} ${clusterId}`;

/** Windows of the list of clusters. */
export const clusterList = perRequest(({ cloud, merging }) =>
  windowLoader<ClusterList, ClusterFacts, Page<ClusterFacts>>({
    merging: merging('clusters'),
    limits: clusterListLimits,
    nameOf: ({ project, datastoreType }) => `${nameOfProject(project)} ${datastoreType ?? ''}`,
    keyOf: ({ clusterId }) => clusterId,
    read: ({ project, datastoreType }, window) => listClusters(cloud, project, window, { datastoreType }),
  }),
);

/** A cluster with what only its detail tells: one call for each. */
export const clusterDetail = perRequest(
  ({ cloud }) =>
    new DataLoader<ClusterKey, ClusterFacts, string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, clusterId }) =>
            getCluster(cloud, project, clusterId).catch((error: Error) => error),
          ),
        ),
      { cacheKeyFn: nameOfCluster },
    ),
);

/** Clusters by id, with the fewest calls; from the list they lack what only the detail tells. */
export const clusterFacts = perRequest((context) =>
  idLoader<Project, ClusterFacts>({
    merging: context.merging('clusters by id'),
    nameOf: nameOfProject,
    idOf: ({ clusterId }) => clusterId,
    limits: clusterListLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => clusterList(context).load({ project }, window),
    oneWithoutList: true,
    one: (project, clusterId) => clusterDetail(context).load({ project, clusterId }),
  }),
);

/** A cluster's connections, and with every window of them its service name and whitelist. */
export const clusterEndpointAccess = perRequest(({ cloud, merging }) =>
  windowLoader<ClusterKey, ClusterConnectionFacts, ClusterEndpointAccess>({
    merging: merging('connections of a cluster'),
    limits: clusterConnectionLimits,
    nameOf: nameOfCluster,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, clusterId }, window) => listClusterConnections(cloud, project, clusterId, window),
  }),
);
