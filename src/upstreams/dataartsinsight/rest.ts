import { z } from 'zod';
import { connectionStatus } from '../connection-status.ts';
import type { Cloud, Project } from '../../http/client.ts';
import { list, text, time } from '../../http/wire.ts';
import { dataartsinsight } from './service.ts';

const ConnectedInstanceShape = z
  .object({
    id: z.string(),
    ds_type: text,
    vpc_ep_server_id: text,
    vpc_ep_server_name: text,
    vpc_ep_client_id: text,
    vpc_ep_client_status: text,
    scene: text,
    project_id: text,
    domain_id: text,
    create_date: time,
    create_user: text,
    create_user_name: text,
    update_date: time,
    update_user: text,
    update_user_name: text,
  })
  .transform((wire) => ({
    instanceId: wire.id,
    dataSourceType: wire.ds_type,
    serviceId: wire.vpc_ep_server_id,
    serviceName: wire.vpc_ep_server_name,
    endpointId: wire.vpc_ep_client_id,
    endpointStatus: wire.vpc_ep_client_status === null ? null : connectionStatus(wire.vpc_ep_client_status),
    endpointStatusRaw: wire.vpc_ep_client_status,
    scene: wire.scene,
    domainId: wire.domain_id,
    createdAt: wire.create_date,
    createdBy: wire.create_user_name ?? wire.create_user,
    updatedAt: wire.update_date,
    updatedBy: wire.update_user_name ?? wire.update_user,
  }));

/** What verify-and-create returns, and data sources embed. */
export type ConnectedInstanceFacts = z.output<typeof ConnectedInstanceShape>;

const ConnectedInstance = z.compile(ConnectedInstanceShape);

/** Of a data source only the connected instance is read: the rest can hold passwords and keys. */
const DataSources = z.compile(
  z
    .object({ page_data: list(z.object({ vpc_connection: ConnectedInstanceShape.nullish() })) })
    .transform((body) => body.page_data.flatMap(({ vpc_connection }) => vpc_connection ?? [])),
);

const workspace = (workspaceId: string) => ({ 'x-workspace-id': workspaceId });

/** Verifies an endpoint service and creates a billable endpoint to it. Not idempotent: it goes out once. */
export const verifyAndCreateEndpoint = (
  cloud: Cloud,
  project: Project,
  workspaceId: string,
  body: { ds_type: string } & ({ vpc_ep_server_id: string } | { vpc_ep_server_name: string }),
) =>
  cloud.post(dataartsinsight, project, '/v1/{project_id}/connections/vpc-endpoint', {
    headers: workspace(workspaceId),
    body,
    shape: ConnectedInstance,
  });

/**
 * The connected instances of a workspace, as far as data sources use them: there is no operation that reads one by itself.
 * `all` reads every data source in one call; whether this service's `offset` counts rows or pages is contested.
 */
export const listConnectedInstances = (cloud: Cloud, project: Project, workspaceId: string) =>
  cloud.get(dataartsinsight, project, '/v1/{project_id}/connections', {
    headers: workspace(workspaceId),
    query: { all: 'true', offset: 0, limit: 1000 },
    shape: DataSources,
  });
