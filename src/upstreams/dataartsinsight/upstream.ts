import type { Upstream } from '../upstream.ts';
import { probe } from './probe.ts';
import { dataartsinsight as service } from './service.ts';
import { settings } from './settings.ts';

/** The row of the table of upstreams. */
export const dataartsinsight: Upstream = {
  ...service,
  settings,
  probe,
  loadGraph: () => import('./index.ts'),
};
