import { z } from 'zod';
import type { Cloud } from '../../../http/cloud.ts';
import type { Project } from '../../../http/request.ts';
import { list, text } from '../../../http/wire-values.ts';
import { vpcep } from '../service.ts';

const failedTables = list(z.object({ id: text }).transform(({ id }) => id));

const RouteTables = z.compile(
  z
    .object({
      routetables: list(z.string()),
      error: list(z.object({ bind_failed: failedTables, unbind_failed: failedTables })),
    })
    .transform(({ error }) => ({
      bindFailed: (error ?? []).flatMap((one) => one.bind_failed ?? []),
      unbindFailed: (error ?? []).flatMap((one) => one.unbind_failed ?? []),
    })),
);

/** Route tables of which a change failed, although the call has succeeded. */
export type RouteTableFailures = z.output<typeof RouteTables>;

/** Sets the route tables of a gateway endpoint. Some of them can fail under status 200. */
export const updateEndpointRouteTables = (
  cloud: Cloud,
  project: Project,
  endpointId: string,
  routetables: readonly string[],
): Promise<RouteTableFailures> =>
  cloud.put(vpcep, project, '/v1/{project_id}/vpc-endpoints/{vpc_endpoint_id}/routetables', {
    params: { vpc_endpoint_id: endpointId },
    body: { routetables },
    shape: RouteTables,
  });
