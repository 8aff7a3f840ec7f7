import type { ReadProbe } from '../upstream.ts';
import { clusterListLimits, listClusters } from './rest.ts';

const FIRST_ROW = { offset: 0, limit: 1 };

export const probe: ReadProbe = {
  limits: clusterListLimits,
  window: FIRST_ROW,
  read: (cloud, project) => listClusters(cloud, project, FIRST_ROW),
  permission: 'css:cluster:list',
};
