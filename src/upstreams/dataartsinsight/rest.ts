import { z } from 'zod';
import { connectionStatus } from '../../graph/connection-status.ts';
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import { count, enumReader, identity, rows, text, time } from '../../http/wire-values.ts';
import type { Page } from '../../paging/window.ts';
import { dataartsinsight } from './service.ts';

/** Most rows of one page. */
export const PAGE_SIZE = 1000;

const connectedInstanceRow = z
  .object({
    id: identity,
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

/** A connected instance, as verify-and-create returns it and data sources embed it. */
export type ConnectedInstanceRow = z.output<typeof connectedInstanceRow>;

const ConnectedInstance = z.compile(connectedInstanceRow);

const dataSourceType = enumReader({
  MySQL: 'MYSQL',
  DWS: 'DWS',
  PostgreSQL: 'POSTGRESQL',
  OpenGauss: 'OPENGAUSS',
  Doris: 'DORIS',
  HIVE: 'HIVE',
  ClickHouse: 'CLICKHOUSE',
  DLI: 'DLI',
  API: 'API',
});

/** The properties of a data source that hold no secrets. The others can hold passwords and keys, and are dropped here. */
const dataSourceRow = z
  .object({
    id: identity,
    name: z.string(),
    description: text,
    type: text,
    source: text,
    host: text,
    port: count,
    database_name: text,
    mode: text,
    default_schema: text,
    region_id: text,
    work_space_id: text,
    domain_id: text,
    vpc_connection_id: text,
    vpc_connection: connectedInstanceRow.nullish(),
    creation_date: time,
    creation_user: text,
    creation_user_name: text,
    update_date: time,
    update_user: text,
    update_user_name: text,
  })
  .transform((wire) => ({
    dataSourceId: wire.id,
    name: wire.name,
    description: wire.description,
    type: wire.type === null ? null : dataSourceType(wire.type),
    typeRaw: wire.type,
    source: wire.source,
    host: wire.host,
    port: wire.port,
    databaseName: wire.database_name,
    mode: wire.mode,
    defaultSchema: wire.default_schema,
    workspaceId: wire.work_space_id,
    domainId: wire.domain_id,
    connectedInstanceId: wire.vpc_connection_id ?? wire.vpc_connection?.instanceId ?? null,
    connectedInstance: wire.vpc_connection ?? null,
    createdAt: wire.creation_date,
    createdBy: wire.creation_user_name ?? wire.creation_user,
    updatedAt: wire.update_date,
    updatedBy: wire.update_user_name ?? wire.update_user,
  }));

/** A data source without its secrets. List and detail have the same properties. */
export type DataSourceRow = z.output<typeof dataSourceRow>;

const DataSource = z.compile(dataSourceRow);

const DataSourcePage = z.compile(
  z
    .object({ page_data: rows(dataSourceRow), count })
    .transform((body): Page<DataSourceRow> => ({ items: body.page_data, total: body.count })),
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

export interface WorkspaceKey {
  project: Project;
  workspaceId: string;
}

/** Reads the data sources of a workspace, ordered by name. `all` gives all of them in one call in regions that know it. */
export const listDataSources = (cloud: Cloud, { project, workspaceId }: WorkspaceKey, position: number) =>
  cloud.get(dataartsinsight, project, '/v1/{project_id}/connections', {
    headers: workspace(workspaceId),
    query: { all: 'true', offset: position, limit: PAGE_SIZE },
    shape: DataSourcePage,
  });

export const getDataSource = (cloud: Cloud, { project, workspaceId }: WorkspaceKey, dataSourceId: string) =>
  cloud.get(dataartsinsight, project, '/v1/{project_id}/connections/{connection_id}', {
    params: { connection_id: dataSourceId },
    headers: workspace(workspaceId),
    shape: DataSource,
  });
