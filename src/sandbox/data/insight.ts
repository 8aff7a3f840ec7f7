import { SANDBOX } from '../credentials.ts';
import { makeHexId } from './ids.ts';
import type { ConnectedInstance, DataConnection, InsightInstance, Service, Workspace } from '../model.ts';

const INSTANCE_ID = makeHexId('insight instance');

/** The instance that holds the workspaces. */
export const instances = (): InsightInstance[] => [
  {
    instance_id: INSTANCE_ID,
    instance_name: 'insight-main',
    order_type: 'ON_DEMAND',
    resource_spec_code: 'dataartsinsight.enterprise',
    status: 2,
    eps_id: '0',
  },
];

const workspace = (id: string, name: string, partial: Partial<Workspace> = {}): Workspace => ({
  id,
  name,
  description: null,
  instance_id: INSTANCE_ID,
  is_default: 0,
  owner_name: 'sandbox',
  create_time: 1_714_960_000_000,
  update_time: 1_714_960_000_000,
  ...partial,
});

/** The workspace that the credentials name. */
export const ownWorkspace = (): Workspace => workspace(SANDBOX.workspaceId, 'dashboards', { is_default: 1 });

/** A second workspace, with nothing in it. */
export const emptyWorkspace = (): Workspace =>
  workspace(makeHexId('empty workspace'), 'experiments', {
    description: 'for trying things',
    create_time: 1_751_328_000_000,
  });

/** Connected instance of a service's first connection. */
const connectedTo = (service: Service, dsType: string): ConnectedInstance => {
  const client = service.connections[0];
  const at = Date.parse(client?.created_at ?? service.created_at);
  return {
    id: `8a8080c0${makeHexId(`instance at ${service.id}`).slice(8)}`,
    create_date: at,
    create_user: SANDBOX.domainId,
    create_user_name: 'sandbox',
    update_date: at,
    update_user: SANDBOX.domainId,
    update_user_name: 'sandbox',
    project_id: SANDBOX.projectId,
    domain_id: SANDBOX.domainId,
    ds_type: dsType,
    vpc_ep_server_id: service.id,
    vpc_ep_server_name: service.service_name,
    vpc_ep_client_id: client?.id ?? '',
    vpc_ep_client_status: client?.status ?? 'failed',
    scene: 'dii-app_to_data-source',
  };
};

const DS_TYPES: Record<string, string> = { 'DII-INGEST-LB': 'DWS', 'billing-db': 'MySQL' };

/** The connected instances at the services that exist for DataArts Insight. */
export const connectedInstances = (services: readonly Service[]): ConnectedInstance[] =>
  services.flatMap((service) => {
    const dsType = DS_TYPES[service.service_name.split('.')[1] ?? ''];
    return dsType === undefined ? [] : [connectedTo(service, dsType)];
  });

const source = (name: string, partial: Partial<DataConnection>): DataConnection => ({
  id: `8a8080c1${makeHexId(`data source ${name}`).slice(8)}`,
  name,
  description: '',
  host: null,
  port: null,
  database_name: null,
  user_name: 'reader',
  url: null,
  password: `sandbox-secret-password-of-${name}`,
  vpc_connection_id: null,
  work_space_id: SANDBOX.workspaceId,
  config: { ssl: false, ds_ak: 'sandbox-secret-ak', ds_sk: 'sandbox-secret-sk' },
  type: 'MySQL',
  source: 'public',
  default_schema: null,
  creation_user: SANDBOX.domainId,
  creation_user_name: 'sandbox',
  creation_date: 1_714_962_200_000,
  update_user: SANDBOX.domainId,
  update_user_name: 'sandbox',
  update_date: 1_714_962_200_000,
  ...partial,
});

/** Data sources of the workspace. Their secrets all contain `sandbox-secret`, so that a leak can be searched for. */
export const dataConnections = (connected: readonly ConnectedInstance[]): DataConnection[] => [
  source('warehouse', {
    type: 'DWS',
    source: 'dws',
    host: '10.0.8.40',
    port: 8000,
    database_name: 'gaussdb',
    url: 'jdbc:postgresql://10.0.8.40:8000/gaussdb?user=reader&password=sandbox-secret-url',
    vpc_connection_id: connected[0]?.id ?? null,
    default_schema: 'public',
  }),
  source('billing', {
    // The client models of the product write types in upper case.
    type: 'MYSQL',
    source: 'rds',
    host: '10.0.8.41',
    port: 3306,
    database_name: 'billing',
    vpc_connection_id: connected[1]?.id ?? null,
    creation_date: 1_737_014_400_000,
    update_date: 1_760_000_000_000,
  }),
  source('exchange-rates', {
    type: 'API',
    source: 'restapi',
    user_name: null,
    url: 'https://rates.example.com/?token=sandbox-secret-token',
    config: { token_value: 'sandbox-secret-token' },
    creation_date: 1_690_000_000_000,
  }),
];
