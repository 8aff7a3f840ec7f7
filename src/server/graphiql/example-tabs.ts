/** One tab of GraphiQL: an operation, whose name is the tab's title, and the initial text of its variables pane. */
export interface Tab {
  query: string;
  variables?: string;
}

/** What the tabs ask about. An empty name is no condition. */
export interface Examples {
  clusterName: string;
  serviceName: string;
  serviceId: string;
}

/** For a cloud whose resources are not known: the first ones of the caller, and an id that the caller fills in. */
const CALLERS_OWN: Examples = { clusterName: '', serviceName: '', serviceId: '<serviceId>' };

const wholeClusters = `
# What are these clusters, who may connect, who does?
# 6 REST calls in the sandbox: clusters, connections,
# detail, and three of the endpoint service. Under
# Variables: any part of a name, or empty for the first.
query WholeClusters($name: String, $first: Int = 3) {
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
# Which connections carry nothing, and why? "admittedBy"
# null: no record of the whitelist names the account.
# 27 REST calls in the sandbox: one a list of
# connections, one a whitelist, and a few for the
# services behind clusters.
query StuckConnections(
  $stuck: [ConnectionStatus!] =
    [PENDING_ACCEPTANCE, FAILED, REJECTED, CREATING]
  $services: Int = 20
  # A cluster of over 2,000 connections would answer
  # RESULT_TRUNCATED: the cloud lets no more be read.
  $clusters: Int = 9
) {
  endpointServices(
    first: $services, filter: { status: AVAILABLE }
  ) {
    nodes {
      name
      connections(first: 3, filter: { status: $stuck }) {
        totalCount
        nodes { ...Reason }
      }
    }
  }
  clusters(first: $clusters) {
    nodes {
      name
      connections(first: 3, filter: { status: $stuck }) {
        totalCount
        nodes { ...Reason }
      }
    }
  }
}

fragment Reason on Connection {
  endpointId
  status
  failures { code message }
  admittedBy { permission }
  domainId
  createdAt
}
`;

const whoMayConnect = `
# Who may connect? Everyone, where "everyone" counts one,
# and at a cluster with access on and no record at all.
# 25 REST calls in the sandbox: one a cluster, one a
# service, and one more for each further 500 records.
query WhoMayConnect(
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
# 3 REST calls: the service, this page, the list's end.
query PageThroughConnections(
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
# makes an endpoint to it, which costs money.
# 3 REST calls: one that writes, sent once, and two that
# show the service owner's view. Under Variables, "id" is
# the "serviceId" of an endpoint service, as the tab
# PageThroughConnections shows it, or as its owner tells
# it; "userErrors" says why nothing was made.
mutation VerifyAndCreateEndpoint(
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

const tab = (query: string, variables?: object): Tab => ({
  query: query.trimStart(),
  ...(variables && { variables: JSON.stringify(variables, null, 2) }),
});

/** Tabs of GraphiQL on first use: an example for each frequent question. They differ from cloud to cloud in their variables only. */
export const createTabs = ({ clusterName, serviceName, serviceId } = CALLERS_OWN): readonly Tab[] => [
  tab(wholeClusters, { name: clusterName }),
  tab(stuckConnections),
  tab(whoMayConnect),
  tab(pageThroughConnections, { service: serviceName, first: 5, after: null }),
  tab(verifyAndCreateEndpoint, { input: { service: { id: serviceId }, dataSourceType: 'DWS' } }),
];
