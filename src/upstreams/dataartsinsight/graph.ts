import { builder } from '../../graph/builder.ts';
import { ConnectionStatusEnum } from '../../graph/connection.ts';
import { loadEntity, Node, registerNodeReader } from '../../graph/node.ts';
import { encodeNodeId } from '../../graph/node-id.ts';
import {
  type ConnectedInstanceNode,
  connectedInstanceNode,
  type DataSourceNode,
  dataSourceNodeId,
  readConnectedInstance,
  readDataSource,
} from './nodes.ts';
import { DataSourceType } from './subtypes.ts';

export const ConnectedInstance = builder.objectRef<ConnectedInstanceNode>('ConnectedInstance').implement({
  description:
    'An endpoint that DataArts Insight creates when it verifies an endpoint service, for data sources to use.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: ({ project, instanceId }) => encodeNodeId('ConnectedInstance', project, instanceId),
    }),
    instanceId: t.exposeID('instanceId', {
      nullable: false,
      description: 'Id of the connected instance; neither an endpoint nor a data source has it.',
    }),
    dataSourceType: t.exposeString('dataSourceType', {
      description: 'Kind of data source, such as `DWS` (`ds_type`).',
    }),
    serviceId: t.exposeID('serviceId', {
      description: 'Endpoint service connected to (`vpc_ep_server_id`).',
    }),
    serviceName: t.exposeString('serviceName', { description: 'Its full name (`vpc_ep_server_name`).' }),
    endpointId: t.exposeID('endpointId', {
      description:
        'The endpoint that was created (`vpc_ep_client_id`). It belongs to the account of DataArts Insight.',
    }),
    endpointStatus: t.expose('endpointStatus', {
      type: ConnectionStatusEnum,
      description: 'State of the endpoint (`vpc_ep_client_status`).',
    }),
    endpointStatusRaw: t.exposeString('endpointStatusRaw', {
      description: 'That state as the cloud spells it.',
    }),
    scene: t.exposeString('scene', { description: 'Network scenario, such as `dii-app_to_data-source`.' }),
    domainId: t.exposeID('domainId', { description: 'Account of the user.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was created (`create_date`).',
    }),
    createdBy: t.exposeString('createdBy', { description: 'User who created it.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed (`update_date`).',
    }),
    updatedBy: t.exposeString('updatedBy', { description: 'User who changed it last.' }),
  }),
});

builder.asEntity(ConnectedInstance, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<ConnectedInstanceNode>('ConnectedInstance'),
});

registerNodeReader('ConnectedInstance', null, 1, (context, project, [instanceId]) =>
  readConnectedInstance(context, project, instanceId!),
);

export const DataSource = builder.objectRef<DataSourceNode>('DataSource').implement({
  description:
    'A data source of DataArts Insight, from which its dashboards read. Passwords, keys and connection strings are not ' +
    'in this graph.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Opaque id, unique over all types, regions and projects.',
      resolve: dataSourceNodeId,
    }),
    dataSourceId: t.exposeID('dataSourceId', {
      nullable: false,
      description: 'Id of the data source in its own API.',
    }),
    name: t.exposeString('name', {
      nullable: false,
      description: 'Name of the data source; empty where the cloud sent none.',
    }),
    description: t.exposeString('description', {
      description: 'Description by its owner; null or empty where there is none.',
    }),
    type: t.expose('type', {
      type: DataSourceType,
      description: 'Kind of data source; null where the cloud does not say.',
    }),
    typeRaw: t.exposeString('typeRaw', {
      description: 'Kind of data source as the cloud spells it: the letter case differs between regions.',
    }),
    source: t.exposeString('source', {
      description: 'Where it runs: `rds`, `dws`, `mrs`, `gaussdb`, `public`, `restapi` or `dli`.',
    }),
    host: t.exposeString('host', {
      description: 'Host name or address; null where the data source has none, as one of type `API`.',
    }),
    port: t.exposeInt('port', { description: 'Port, 1 to 65535; null where the data source has none.' }),
    databaseName: t.exposeString('databaseName', {
      description: 'Name of the database; null where there is none.',
    }),
    defaultSchema: t.exposeString('defaultSchema', {
      description: 'Default schema; null where there is none.',
    }),
    mode: t.exposeString('mode', {
      description: 'Connection mode, as the cloud spells it; mostly null.',
    }),
    region: t.string({
      nullable: false,
      description: 'Region that the data source is in, such as `cn-north-4`.',
      resolve: ({ project }) => project.region,
    }),
    workspaceId: t.exposeID('workspaceId', {
      description: 'Workspace that the data source belongs to (`work_space_id`).',
    }),
    domainId: t.exposeID('domainId', { description: 'Account of the data source (`domain_id`).' }),
    connectedInstanceId: t.exposeID('connectedInstanceId', {
      description:
        'Id of the connected instance that it is reached through (`vpc_connection_id`); null where it needs none.',
    }),
    connectedInstance: t.field({
      type: ConnectedInstance,
      nullable: true,
      description:
        'The connected instance that it is reached through (`vpc_connection`); null where it needs none, and in regions that ' +
        'return only its id.',
      resolve: ({ project, connectedInstance }) =>
        connectedInstance && connectedInstanceNode(project, connectedInstance),
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was created (`creation_date`); null in regions that do not return it.',
    }),
    createdBy: t.exposeString('createdBy', {
      description: 'User who created it; null in regions that do not return it.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it last changed (`update_date`); null in regions that do not return it.',
    }),
    updatedBy: t.exposeString('updatedBy', {
      description: 'User who changed it last; null in regions that do not return it.',
    }),
  }),
});

builder.asEntity(DataSource, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: loadEntity<DataSourceNode>('DataSource'),
});

registerNodeReader('DataSource', null, 1, (context, project, [dataSourceId]) =>
  readDataSource(context, project, dataSourceId!),
);
