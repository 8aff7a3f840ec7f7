import { css } from './css/upstream.ts';
import { dataartsinsight } from './dataartsinsight/upstream.ts';
import type { Upstream } from './upstream.ts';
import { vpcep } from './vpcep/upstream.ts';

/**
 * The table of upstreams. Settings, projects file, endpoints, graph, doctor and sandbox iterate it, in this order; nothing else
 * names an upstream, except links between two of them.
 */
export const UPSTREAMS: readonly Upstream[] = [css, vpcep, dataartsinsight];
