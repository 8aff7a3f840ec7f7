import type { ReadProbe } from '../upstream.ts';
import { listLimits } from './rest.ts';
import { listEndpointServices } from './services/rest.ts';

const FIRST_ROW = { offset: 0, limit: 1 };

export const probe: ReadProbe = {
  limits: listLimits,
  window: FIRST_ROW,
  read: (cloud, project) => listEndpointServices(cloud, project, FIRST_ROW),
  permission: 'vpcep:epservices:list',
};
