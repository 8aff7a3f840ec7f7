import { graphql } from './graphql.ts';

const Row = graphql(`
  fragment Row on Connection {
    endpointId
    status
    statusRaw
    domainId
    ipv4
    createdAt
    updatedAt
    failures {
      code
      message
    }
  }
`);

const Record = graphql(`
  fragment Record on Permission {
    permissionId
    permission
    kind
    domainId
    orgPath
    description
    createdAt
  }
`);

/** Clusters, with the first of their connections. */
export const CLUSTERS = graphql(
  `
    query Clusters($first: Int!, $after: String) {
      clusters(first: $first, after: $after) {
        totalCount
        truncatedAt
        pageInfo {
          hasNextPage
          endCursor
        }
        unavailable {
          region
          projectId
          code
          message
        }
        nodes {
          clusterId
          name
          status
          region
          projectId
          endpointAccess
          serviceName
          connections(first: 100) {
            totalCount
            truncatedAt
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              ...Row
            }
          }
        }
      }
    }
  `,
  [Row],
);

/** Endpoint services, with the first of their connections. */
export const SERVICES = graphql(
  `
    query Services($first: Int!, $after: String) {
      endpointServices(first: $first, after: $after) {
        totalCount
        truncatedAt
        pageInfo {
          hasNextPage
          endCursor
        }
        unavailable {
          region
          projectId
          code
          message
        }
        nodes {
          serviceId
          name
          label
          status
          region
          projectId
          approvalRequired
          connections(first: 100) {
            totalCount
            truncatedAt
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              ...Row
            }
          }
        }
      }
    }
  `,
  [Row],
);

/** Connections of one cluster. */
export const CLUSTER_CONNECTIONS = graphql(
  `
    query ClusterConnections($id: ID!, $project: ProjectInput, $after: String) {
      cluster(clusterId: $id, project: $project) {
        connections(first: 1000, after: $after) {
          totalCount
          truncatedAt
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            ...Row
          }
        }
      }
    }
  `,
  [Row],
);

/** Connections of one endpoint service. */
export const SERVICE_CONNECTIONS = graphql(
  `
    query ServiceConnections($id: ID!, $project: ProjectInput, $after: String) {
      endpointService(by: { id: $id }, project: $project) {
        connections(first: 1000, after: $after) {
          totalCount
          truncatedAt
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            ...Row
          }
        }
      }
    }
  `,
  [Row],
);

export const CLUSTER_DETAILS = graphql(
  `
    query ClusterDetails($id: ID!, $project: ProjectInput) {
      cluster(clusterId: $id, project: $project) {
        name
        status
        engine
        engineVersion
        addresses
        endpointAccess
        endpointIpv4
        serviceName
        vpcId
        createdAt
        endpointService {
          name
          serviceId
          ownership
          approvalRequired
        }
        permissions(first: 200) {
          totalCount
          nodes {
            ...Record
          }
        }
      }
    }
  `,
  [Record],
);

export const SERVICE_DETAILS = graphql(
  `
    query ServiceDetails($id: ID!, $project: ProjectInput) {
      endpointService(by: { id: $id }, project: $project) {
        name
        label
        status
        ownership
        approvalRequired
        serviceType
        vpcId
        createdAt
        description
        ports {
          protocol
          clientPort
          serverPort
        }
        failures {
          code
          message
        }
        permissions(first: 200) {
          totalCount
          nodes {
            ...Record
          }
        }
      }
    }
  `,
  [Record],
);

const Details = graphql(
  `
    fragment Details on Connection {
      ...Row
      ipv6
      dnsNames
      markerId
      specification
      maxSessions
      description
      admittedBy {
        ...Record
      }
    }
  `,
  [Row, Record],
);

export const CLUSTER_CONNECTION_DETAILS = graphql(
  `
    query ClusterConnectionDetails($id: ID!, $project: ProjectInput, $endpointId: ID!) {
      cluster(clusterId: $id, project: $project) {
        permissions(first: 1) {
          totalCount
        }
        connections(first: 1, filter: { endpointId: $endpointId }) {
          nodes {
            ...Details
          }
        }
      }
    }
  `,
  [Details],
);

export const SERVICE_CONNECTION_DETAILS = graphql(
  `
    query ServiceConnectionDetails($id: ID!, $project: ProjectInput, $endpointId: ID!) {
      endpointService(by: { id: $id }, project: $project) {
        connections(first: 1, filter: { endpointId: $endpointId }) {
          nodes {
            ...Details
          }
        }
      }
    }
  `,
  [Details],
);

export const ACCEPT = graphql(
  `
    mutation Accept($input: AcceptConnectionsInput!) {
      acceptConnections(input: $input) {
        connections {
          ...Row
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
  [Row],
);

export const REJECT = graphql(
  `
    mutation Reject($input: RejectConnectionsInput!) {
      rejectConnections(input: $input) {
        connections {
          ...Row
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
  [Row],
);

/** Statuses of connections until they are settled. */
export const WATCH = graphql(
  `
    subscription Watch($parent: ParentReference!, $project: ProjectInput, $endpointIds: [ID!]!) {
      connectionStatusChanged(parent: $parent, project: $project, endpointIds: $endpointIds) {
        ...Row
      }
    }
  `,
  [Row],
);

export const ADD_PERMISSIONS = graphql(
  `
    mutation AddPermissions($input: AddPermissionsInput!) {
      addPermissions(input: $input) {
        added
        permissions {
          ...Record
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
  [Record],
);

export const REMOVE_PERMISSIONS = graphql(
  `
    mutation RemovePermissions($input: RemovePermissionsInput!) {
      removePermissions(input: $input) {
        removed
        permissions {
          ...Record
        }
        userErrors {
          code
          message
        }
      }
    }
  `,
  [Record],
);
