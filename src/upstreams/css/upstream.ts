import type { Upstream } from '../upstream.ts';
import { probe } from './probe.ts';
import { css as service } from './service.ts';
import { settings } from './settings.ts';

/** The row of the table of upstreams. */
export const css: Upstream = { ...service, settings, probe, loadGraph: () => import('./index.ts') };
