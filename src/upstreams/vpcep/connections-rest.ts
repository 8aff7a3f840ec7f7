import { z } from 'zod';
import { connectionStatus } from '../../graph/connection-status.ts';
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import {
  count,
  parseDigits,
  failure,
  identity,
  list,
  rows,
  parseTime,
  wireDigits,
  wireText,
  wireTime,
} from '../../http/wire-values.ts';
import type { Page, Window } from '../../paging/window.ts';
import { listPage } from './rest.ts';
import { isOutOfReach } from './service.ts';

const connectionRow = z
  .object({
    id: identity,
    status: z.string(),
    marker_id: wireDigits,
    domain_id: wireText,
    created_at: wireTime,
    updated_at: wireTime,
    update_at: wireTime,
    error: list(failure),
    description: wireText,
  })
  .transform((wire) => ({
    endpointId: wire.id,
    status: connectionStatus(wire.status),
    statusRaw: wire.status,
    markerId: parseDigits(wire.marker_id),
    domainId: wire.domain_id ?? null,
    createdAt: parseTime(wire.created_at),
    updatedAt: parseTime(wire.updated_at) ?? parseTime(wire.update_at),
    failures: wire.error,
    description: wire.description ?? null,
  }));

/** One VPC endpoint connected to a service, as the service's side shows it. */
export type ServiceConnectionRow = z.output<typeof connectionRow>;

const ConnectionPage = z.compile(
  z
    .object({ connections: rows(connectionRow), total_count: count })
    .transform((body): Page<ServiceConnectionRow> => ({
      items: body.connections,
      total: body.total_count,
    })),
);

/** Filters and order that the upstream applies to the list. `marker_id` is a filter, not a position. */
export interface ServiceConnectionQuery {
  id?: string | undefined;
  marker_id?: string | undefined;
  status?: string | undefined;
  sort_key?: string | undefined;
  sort_dir?: 'asc' | 'desc' | undefined;
}

/** One page of a service's connections, newest first unless the query says otherwise. */
export const listServiceConnections = (
  cloud: Cloud,
  project: Project,
  serviceId: string,
  window: Window,
  query: ServiceConnectionQuery = {},
) =>
  listPage(
    cloud,
    project,
    '/v1/{project_id}/vpc-endpoint-services/{vpc_endpoint_service_id}/connections',
    window,
    {
      params: { vpc_endpoint_service_id: serviceId },
      query,
      shape: ConnectionPage,
      isExpectedRefusal: isOutOfReach,
    },
  );
