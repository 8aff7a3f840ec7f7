import DataLoader from 'dataloader';
import { perRequest } from '../../request/context.ts';
import type { Project } from '../../http/request.ts';
import { createIdLoader } from '../../paging/id-loader.ts';
import { createWindowLoader } from '../../paging/window-loader.ts';
import type { Page } from '../../paging/window.ts';
import { keyOfProject } from '../keys.ts';
import {
  type ClusterConnectionRow,
  clusterConnectionLimits,
  type ClusterEndpointAccess,
  listClusterConnections,
} from './connections-rest.ts';
import { type ClusterDetail, clusterListLimits, type ClusterRow, getCluster, listClusters } from './rest.ts';

/** The list of the clusters of a project, of one engine or of all. */
export interface ClusterList {
  project: Project;
  datastoreType?: string | undefined;
}

export interface ClusterKey {
  project: Project;
  clusterId: string;
}

/** Unique text for a cluster. */
export const keyOfCluster = ({ project, clusterId }: ClusterKey) => `${keyOfProject(project)} ${clusterId}`;

/** Windows of the list of clusters. */
export const clusterList = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<ClusterList, ClusterRow, Page<ClusterRow>>({
    observer: observeBatches('clusters'),
    limits: clusterListLimits,
    nameOf: ({ project, datastoreType }) => `${keyOfProject(project)} ${datastoreType ?? ''}`,
    keyOf: ({ clusterId }) => clusterId,
    read: ({ project, datastoreType }, window) => listClusters(cloud, project, window, { datastoreType }),
  }),
);

/** Details of clusters: one call for each cluster. */
export const clusterDetail = perRequest(
  ({ cloud }) =>
    new DataLoader<ClusterKey, ClusterDetail, string>(
      (keys) =>
        Promise.all(
          keys.map(({ project, clusterId }) =>
            getCluster(cloud, project, clusterId).catch((error: Error) => error),
          ),
        ),
      { cacheKeyFn: keyOfCluster },
    ),
);

/** Clusters by id, with the fewest calls: one is read by its detail, several out of the list. */
export const clusterById = perRequest((context) =>
  createIdLoader<Project, ClusterRow>({
    observer: context.observeBatches('clusters by id'),
    nameOf: keyOfProject,
    idOf: ({ clusterId }) => clusterId,
    limits: clusterListLimits,
    maxRows: context.sizes.maxRows,
    list: (project, window) => clusterList(context).load({ project }, window),
    isListed: (project, window) => clusterList(context).has({ project }, window),
    oneWithoutList: true,
    one: (project, clusterId) => clusterDetail(context).load({ project, clusterId }),
  }),
);

/** Windows of a cluster's connections; every window also has the service name and the whole whitelist. */
export const clusterEndpointAccess = perRequest(({ cloud, observeBatches }) =>
  createWindowLoader<ClusterKey, ClusterConnectionRow, ClusterEndpointAccess>({
    observer: observeBatches('connections of a cluster'),
    limits: clusterConnectionLimits,
    nameOf: keyOfCluster,
    keyOf: ({ endpointId }) => endpointId,
    read: ({ project, clusterId }, window) => listClusterConnections(cloud, project, clusterId, window),
  }),
);
