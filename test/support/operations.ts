/** What the graph makes of each operation of the OpenAPI documents, by `operationId`: the first table of `docs/rest-map.md`. */
export const IN_GRAPH: Readonly<Record<string, string>> = {
  listClusters:
    '`clusters`, `connections`, `connectionsByEndpoint`, `accessFor`; `cluster` and links to clusters if a query needs several',
  getCluster:
    '`cluster`; `Cluster.endpointIpv4`, `Cluster.endpointIpv6` and `Cluster.endpointAccessSupported` everywhere',
  listClusterConnections:
    '`connections`, `connectionsByEndpoint`, `accessFor`; `Cluster.connections`, `Cluster.connectionCounts`, `Cluster.permissions`, `Cluster.endpointAccess`, `Cluster.serviceName`, `Cluster.endpointUpdateSwitch`; `connectionStatusChanged`',
  updateClusterConnections: '`acceptConnections`, `rejectConnections`',
  enableClusterEndpointAccess: '`enableEndpointAccess`',
  disableClusterEndpointAccess: '`disableEndpointAccess`',
  replaceClusterWhitelist: '`addPermissions`, `removePermissions`',
  listEndpointServices:
    '`endpointServices`, `connections`, `connectionsByEndpoint`, `accessFor`; `EndpointService.activeConnectionCount`; `endpointService` and links to services if a query needs several',
  createEndpointService: '`createEndpointService`',
  describeEndpointService:
    '`endpointService` and links, for a service of another account, or by a name that does not contain the id',
  listPublicEndpointServices:
    '`publicEndpointServices`; `EndpointService.owner` of a service of another account',
  getEndpointService: '`endpointService` and links to one service',
  updateEndpointService: '`updateEndpointService`',
  deleteEndpointService: '`deleteEndpointService`',
  renameEndpointService: '`renameEndpointService`',
  listServiceConnections:
    "`connections`, `connectionsByEndpoint`; `EndpointService.connections`, `EndpointService.connectionCounts`; `Connection.markerId`, `Connection.description` and `Connection.failures` of a cluster's connections; `Endpoint.connection`, `DataSource.connection`, `ConnectedInstance.connection`; `connectionStatusChanged`",
  acceptOrRejectConnection: '`acceptConnections`, `rejectConnections`',
  updateConnectionDescription: '`updateConnectionDescriptions`',
  listServicePermissions:
    "`accessFor`; `EndpointService.permissions`; `Connection.admittedBy` of a service's connections",
  addOrRemoveServicePermissions:
    '`addPermissions` and `removePermissions` in regions that do not have the two calls above; added records then have no description',
  batchCreateServicePermissions: '`addPermissions`',
  batchDeleteServicePermissions: '`removePermissions`',
  updateServicePermissionDescription: '`updatePermissionDescription`',
  listEndpoints:
    "`endpoints`; `Connection.endpoint`, the addresses of a service's connections and `Connection.markerId` of a cluster's connections to a service of another account, if a query needs several; `endpointStatusChanged` of several endpoints",
  createEndpoint: '`createEndpoint`',
  getEndpoint: '`endpoint`; the same fields if a query needs one; `endpointStatusChanged` of one endpoint',
  updateEndpointWhitelist: '`updateEndpointWhitelist`',
  deleteEndpoint: '`deleteEndpoint`',
  listQuotas: '`quotas`',
  verifyAndCreateVpcEndpoint: '`verifyAndCreateEndpoint`',
  listDataConnections: '`dataSources`; `DataSource.connectedInstance`',
  getDataConnection: '`dataSource`; the gateway reads no password, key or connection string of it',
  listInsightInstances: '`insightInstances`, `insightInstance`',
  listWorkspaces: '`InsightInstance.workspaces`',
  updateEndpointPolicy: '`updateEndpointPolicy`; `Endpoint.policy` reads it',
  deleteEndpointPolicy: '`deleteEndpointPolicy`',
  updateEndpointRouteTables: '`updateEndpointRouteTables`; `Endpoint.routeTableIds` reads them',
  changeResourceTags: '`addTags`, `removeTags`; `Endpoint.tags` and `EndpointService.tags` read them',
  listProjectTags: '`usedTags`',
  queryResourcesByTags: '`endpoints` and `endpointServices` with `filter: { tags }`',
  upgradeEndpoint: '`upgradeEndpoint`',
  upgradeEndpointService: '`upgradeEndpointService`; `EndpointService.supportedEditions` reads the editions',
  addEndpointServiceServerResources: '`addServerResources`',
};

/** Operations that the graph leaves out, each with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  listApiVersions:
    'It has `v1` alone, although calls of `v2` exist, so that it does not tell what a region offers. That the service answers, the doctor sees by a read.',
  getApiVersion: 'One of the versions above, with the same properties.',
};
