/** One tab of GraphiQL: an operation, whose name is the tab's title, and the initial text of its variables pane. */
export interface Tab {
  query: string;
  variables: string;
}

const wholeClusters = `
# What are these clusters, who may connect, who does?
# Under Variables: any part of a name, or empty for all.
query Clusters($name: String, $first: Int = 3) {
  clusters(first: $first, filter: { name: $name }) {
    nodes {
      name
      clusterId
      status
      engine
      engineVersion
      addresses
      tags { key value }
      endpointAccess
      endpointIpv4
      endpointService {
        name
        ownership
        approvalRequired
        activeConnectionCount
        ports { protocol clientPort serverPort }
      }
      permissions {
        totalCount
        nodes { kind permission }
      }
      connections {
        totalCount
        nodes {
          endpointId
          status
          domainId
          admittedBy { permission }
          failures { code message }
          ipv4
          dnsNames
          markerId
          specification
          maxSessions
          description
          createdAt
        }
      }
    }
  }
}
`;

const stuckConnections = `
# Which connections carry nothing, anywhere, and why?
# "admittedBy" null: no whitelist names the account.
# "unavailable" names what could not be read whole.
query Stuck($status: [ConnectionStatus!]) {
  connections(first: 100, filter: { status: $status }) {
    totalCount
    nodes {
      endpointId
      status
      failures { code message }
      domainId
      admittedBy { permission }
      cluster { name }
      endpointService { name }
      createdAt
    }
    unavailable { name code message }
  }
}
`;

const accessFor = `
# What may this account reach, by which whitelist record,
# and where is it connected? "possiblePermissions" are
# paths of an organisation that may contain it.
query AccessFor($domainId: ID!) {
  accessFor(domainId: $domainId, first: 100) {
    totalCount
    nodes {
      cluster { name clusterId }
      endpointService { name serviceId }
      openToEveryone
      permissions { permission }
      possiblePermissions { permission }
      connections { nodes { endpointId status } }
    }
    unavailable { name code message }
  }
}
`;

const connectionsByEndpoint = `
# Where are these endpoints connected? One may be seen
# from a cluster, from an own endpoint service, or both.
query WhereConnected($endpointIds: [ID!]!) {
  connectionsByEndpoint(endpointIds: $endpointIds) {
    endpointId
    clusterConnection {
      status
      domainId
      ipv4
      cluster { name clusterId }
    }
    serviceConnection {
      status
      markerId
      failures { message }
      endpointService { name serviceId }
    }
    unavailable { name code message }
  }
}
`;

const connectionCounts = `
# How many connections of each status are there, and which
# service has nobody? A cluster with more than the cloud
# lists has an error, RESULT_TRUNCATED, for its counts.
query Counts($clusters: Int = 9, $services: Int = 20) {
  clusters(first: $clusters) {
    nodes {
      name
      endpointAccess
      connectionCounts { status count }
    }
  }
  endpointServices(first: $services) {
    nodes {
      name
      status
      connectionCounts { status count }
    }
  }
}
`;

const whoMayConnect = `
# Who may connect? Everyone, where "everyone" counts one,
# and at a cluster with access on and no record at all.
query Whitelists(
  $who: [PermissionKind!] = [DOMAIN, ORG_PATH, UNKNOWN]
  $clusters: Int = 20
  $services: Int = 20
) {
  clusters(first: $clusters) {
    nodes {
      name
      endpointAccess
      everyone: permissions(filter: { kind: ANY }) {
        totalCount
      }
      named: permissions(first: 3, filter: { kind: $who }) {
        totalCount
        nodes { kind permission }
      }
    }
  }
  endpointServices(first: $services) {
    nodes {
      name
      approvalRequired
      everyone: permissions(filter: { kind: ANY }) {
        totalCount
      }
      named: permissions(first: 3, filter: { kind: $who }) {
        totalCount
        nodes { kind permission description }
      }
    }
  }
}
`;

const pageThroughConnections = `
# How is a long list read? Under Variables, put the
# "endCursor" of one page into "after" for the next, and
# any part of a name into "service"; empty for the first.
query Pages(
  $service: String, $first: Int, $after: String
) {
  endpointServices(first: 1, filter: { name: $service }) {
    nodes {
      name
      serviceId
      activeConnectionCount
      page: connections(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { ...Row }
      }
      oldest: connections(last: 3) {
        pageInfo { startCursor hasPreviousPage }
        nodes { ...Row }
      }
    }
  }
}

fragment Row on Connection {
  endpointId
  status
  domainId
  markerId
  createdAt
}
`;

const verifyAndCreateEndpoint = `
# Can DataArts Insight reach this service? If it can, it
# makes an endpoint to it, which costs money. Under
# Variables, "id" is the "serviceId" of an endpoint
# service; "userErrors" says why nothing was made.
mutation Verify(
  $input: VerifyAndCreateEndpointInput!
) {
  verifyAndCreateEndpoint(input: $input) {
    connectedInstance {
      instanceId
      dataSourceType
      serviceName
      endpointId
      endpointStatus
      connection {
        status
        domainId
        admittedBy { permission }
      }
    }
    userErrors { code field message }
  }
}
`;

const tab = (query: string, variables: object): Tab => ({
  query: query.trimStart(),
  variables: JSON.stringify(variables, null, 2),
});

/**
 * Tabs of GraphiQL on first use: an example for each frequent question. The page replaces placeholders such as `<clusterName>` by what the
 * caller has.
 */
export const EXAMPLE_TABS: readonly Tab[] = [
  tab(stuckConnections, { status: ['PENDING_ACCEPTANCE', 'FAILED', 'REJECTED', 'CREATING'] }),
  tab(accessFor, { domainId: '<domainId>' }),
  tab(connectionsByEndpoint, { endpointIds: ['<endpointId>'] }),
  tab(connectionCounts, { clusters: 9, services: 20 }),
  tab(whoMayConnect, { clusters: 20, services: 20 }),
  tab(wholeClusters, { name: '<clusterName>', first: 3 }),
  tab(pageThroughConnections, { service: '<serviceName>', first: 5, after: null }),
  tab(verifyAndCreateEndpoint, {
    input: { service: { id: '<connectedServiceId>' }, dataSourceType: 'DWS' },
  }),
];
